import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";

/** What esbuild writes, and Node reads. https://tc39.es/ecma426/ */
interface SourceMap {
  readonly version: 3;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/**
 * Leaves out of a source map what packages brought, most of it: Node reads the whole map whenever it loads the code, and a trace has to lead
 * to what the flow's author wrote. A place in a package is mapped to nothing, and never to the author's line before it.
 *
 * @param text a source map without the sources' text
 */
export function withoutPackages(text: string): string {
  const { sources, names, mappings, ...rest } = JSON.parse(text) as SourceMap;
  const places = { sources: new Renumbered(sources), names: new Renumbered(names) };
  const lines = decode(mappings).map((line) => {
    const kept: SourceMapSegment[] = [];
    for (const [column, source, ...place] of line) {
      const isAuthors = source !== undefined && !sources[source]?.includes("node_modules/");
      if (isAuthors) kept.push(segmentOf(column, places.sources.of(source), place, places.names));
      else if ((kept.at(-1)?.length ?? 1) > 1) kept.push([column]);
    }
    return kept;
  });
  return JSON.stringify({ ...rest, sources: places.sources.kept, names: places.names.kept, mappings: encode(lines) });
}

type Place = readonly [line?: number, column?: number, name?: number];

function segmentOf(at: number, source: number, [line = 0, column = 0, name]: Place, names: Renumbered): SourceMapSegment {
  return name === undefined ? [at, source, line, column] : [at, source, line, column, names.of(name)];
}

/** The entries of a list that are used, in the order of their first use. */
class Renumbered {
  readonly kept: string[] = [];
  readonly #all: readonly string[];
  readonly #numbers = new Map<number, number>();

  constructor(all: readonly string[]) {
    this.#all = all;
  }

  of(number: number): number {
    const known = this.#numbers.get(number);
    if (known !== undefined) return known;
    this.#numbers.set(number, this.kept.length);
    return this.kept.push(this.#all[number] ?? "") - 1;
  }
}
