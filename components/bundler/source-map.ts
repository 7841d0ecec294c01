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
 * Reads and writes in one pass: a map has tens of thousands of segments, and every flow has one.
 * @param text a source map without the sources' text
 */
export function withoutPackages(text: string): string {
  const { sources, names, mappings, ...rest } = JSON.parse(text) as SourceMap;
  const kept = { sources: new Renumbered(sources), names: new Renumbered(names) };
  const isAuthors = sources.map((source) => !source.includes("node_modules/"));
  /** Column, source, line and column there, name: each differs from the last one by what the segment says. */
  const read: Segment = [0, 0, 0, 0, 0];
  const written: Segment = [0, 0, 0, 0, 0];
  let made = "";
  let separator = "";
  /** Whether the segment before, in this line, has a place. */
  let isMapped = false;
  const write = (segment: readonly number[]) => {
    made += separator;
    for (const [field, value] of segment.entries()) {
      made += digitsOf(value - (written[field] ?? 0));
      written[field] = value;
    }
    separator = ",";
    isMapped = segment.length > 1;
  };
  for (let at = 0; at < mappings.length; at += 1) {
    if (mappings.charCodeAt(at) === END_OF_LINE) {
      made += ";";
      [read[0], written[0], separator, isMapped] = [0, 0, "", false];
      continue;
    }
    let fields = 0;
    for (; at < mappings.length && !isEnd(mappings.charCodeAt(at)); fields += 1) {
      let value = 0;
      let shift = 0;
      for (let more = 32; more > 0; shift += 5, at += 1) {
        const digit = VALUES[mappings.charCodeAt(at)] ?? 0;
        value |= (digit & 31) << shift;
        more = digit & 32;
      }
      read[fields] = (read[fields] ?? 0) + (value & 1 ? -(value >>> 1) : value >>> 1);
    }
    const [column, source, line, columnThere, name] = read;
    if (fields > 1 && isAuthors[source]) {
      const place = [column, kept.sources.of(source), line, columnThere];
      write(fields > 4 ? [...place, kept.names.of(name)] : place);
    } else if (isMapped) write([column]);
    // What ends the segment ends the line, too, or is a comma.
    if (mappings.charCodeAt(at) === END_OF_LINE) at -= 1;
  }
  return JSON.stringify({ ...rest, sources: kept.sources.kept, names: kept.names.kept, mappings: made });
}

type Segment = [column: number, source: number, line: number, columnThere: number, name: number];

const END_OF_LINE = ";".charCodeAt(0);
const END_OF_SEGMENT = ",".charCodeAt(0);
const isEnd = (code: number) => code === END_OF_SEGMENT || code === END_OF_LINE;

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Character code -> value. */
const VALUES = new Uint8Array(128);
for (const [value, digit] of [...DIGITS].entries()) VALUES[digit.charCodeAt(0)] = value;

/** A number as Base64 VLQ: five bits a digit, the lowest first; the lowest of all is the sign, and a sixth says that more follow. */
function digitsOf(number: number): string {
  let digits = "";
  for (let rest = number < 0 ? (-number << 1) | 1 : number << 1; ; ) {
    const five = rest & 31;
    rest >>>= 5;
    digits += DIGITS[rest > 0 ? five | 32 : five];
    if (rest === 0) return digits;
  }
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
