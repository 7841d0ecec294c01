import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { METRICS } from "../../protocol/metrics.ts";
import { textOf } from "./blocks.ts";

const page = textOf("docs/monitoring.md");
/** @returns what a column of the table below a heading names as code */
const codesIn = (heading: RegExp, column: number) => {
  const table = page.split(heading)[1]?.split(/^#/m)[0] ?? "";
  const cells = table.split("\n").flatMap((line) => (line.startsWith("|") ? (line.split("|")[column] ?? "") : []));
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code));
};

describe("docs/monitoring.md", () => {
  it("lists every metric of the hub, and no other", () => {
    expect(codesIn(/^## Metrics$/m, 2)).to.have.members(Object.keys(METRICS));
  });

  it("lists every saved query, and no other", () => {
    const source = readFileSync(new URL("../../components/hub/saved-queries.ts", import.meta.url), "utf8");
    const queries = [...source.matchAll(/^ {2}"([a-z-]+)": \[/gm)].map(([, name]) => name);
    const listed = codesIn(/^\| query \| returns \|$/m, 1);
    expect(queries).not.to.deep.equal([]);
    expect(listed.filter((code) => /^[a-z-]+$/.test(code))).to.include.members([...queries]);
  });
});
