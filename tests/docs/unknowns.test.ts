import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { CHECKS } from "../../checks/smoke/checks.ts";

const page = readFileSync(new URL("../../docs/unknowns.md", import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => /^\| `/.test(line))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const codes = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? "");

describe("docs/unknowns.md", () => {
  it("names for each claim the checks that settle it, as the checks themselves do", () => {
    const onPage = rows.flatMap(([id, , , , checks]) => codes(checks).map((check) => `${codes(id)[0]} ${check}`));
    const inCode = CHECKS.flatMap(({ id, settles }) => settles.map((row) => `${row} ${id}`));
    expect(onPage.sort()).to.deep.equal(inCode.sort());
  });

  it("has a claim, a source and a consequence in each row, and no row twice", () => {
    expect(rows.length).to.be.greaterThan(20);
    expect(new Set(rows.map(([id]) => id)).size).to.equal(rows.length);
    for (const [id, claim, source, consequence, checks] of rows) {
      expect(claim, id).to.match(/\w{3}/);
      expect(source, id).to.match(/https:\/\/|the same page/);
      expect(consequence, id).to.match(/\w{3}/);
      expect(codes(checks), id).not.to.deep.equal([]);
    }
  });

  it("has checks of different names, each with a claim", () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).to.equal(CHECKS.length);
    for (const { id, what } of CHECKS) {
      expect(id).to.match(/^[a-z]+(-[a-z]+)*$/);
      expect(what, id).to.match(/^[a-z].*[^.]$/);
    }
  });
});
