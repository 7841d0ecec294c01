import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import { expect } from "chai";
import { describe, it } from "mocha";
import { withoutPackages } from "../../../components/bundler/source-map.ts";

const SOURCES = ["flows/a.ts", "node_modules/zod/index.js", "model/event.ts", "node_modules/p/node_modules/q/b.js"];
const NAMES = ["first", "second", "third"];

const textOf = (lines: SourceMapSegment[][]) =>
  JSON.stringify({ version: 3, sources: SOURCES, names: NAMES, mappings: encode(lines) });
/** The map that is left: its segments with the names that their numbers stand for. */
function kept(lines: SourceMapSegment[][]) {
  const { mappings, sources, names, version } = JSON.parse(withoutPackages(textOf(lines))) as {
    readonly mappings: string;
    readonly sources: string[];
    readonly names: string[];
    readonly version: number;
  };
  const segments = decode(mappings).map((line) =>
    line.map(([column, source, at, there, name]) =>
      source === undefined ? [column] : [column, sources[source], at, there, ...(name === undefined ? [] : [names[name]])],
    ),
  );
  return { version, sources, names, segments };
}

describe("bundler / a source map without packages", () => {
  it("has the author's places, and maps a package's place to nothing", () => {
    const lines: SourceMapSegment[][] = [
      [
        [0, 1, 7, 7],
        [4, 0, 1, 2, 2],
        [9, 0, 1, 5],
        [20, 1, 300, 1, 1],
        [31, 3, 2, 2],
        [40, 2, 70_000, 0, 0],
      ],
      [],
      [[2, 1, 0, 0], [1_000_000, 0, 0, 90, 0], [1_000_003]],
      [
        [5, 2, 3, 4],
        [6, 2, 1, 1],
      ],
    ];
    expect(kept(lines)).to.deep.equal({
      version: 3,
      sources: ["flows/a.ts", "model/event.ts"],
      names: ["third", "first"],
      segments: [
        [[4, "flows/a.ts", 1, 2, "third"], [9, "flows/a.ts", 1, 5], [20], [40, "model/event.ts", 70_000, 0, "first"]],
        [],
        [[1_000_000, "flows/a.ts", 0, 90, "first"], [1_000_003]],
        [
          [5, "model/event.ts", 3, 4],
          [6, "model/event.ts", 1, 1],
        ],
      ],
    });
  });

  it("is empty where packages have it all", () => {
    expect(
      kept([
        [
          [0, 1, 1, 1],
          [3, 3, 1, 1],
        ],
        [[0, 1, 2, 1]],
      ]),
    ).to.deep.equal({
      ...{ version: 3, sources: [], names: [] },
      segments: [[], []],
    });
  });

  it("stays as it is where it has no package", () => {
    const all = textOf([
      [
        [0, 0, 0, 0, 0],
        [7, 2, 12, 3, 1],
      ],
      [],
      [[1, 0, 5, 5, 2]],
    ]);
    const { sources, mappings } = JSON.parse(withoutPackages(all)) as { readonly sources: string[]; readonly mappings: string };
    expect(sources).to.deep.equal(["flows/a.ts", "model/event.ts"]);
    expect(mappings).to.equal(
      encode([
        [
          [0, 0, 0, 0, 0],
          [7, 1, 12, 3, 1],
        ],
        [],
        [[1, 0, 5, 5, 2]],
      ]),
    );
  });
});
