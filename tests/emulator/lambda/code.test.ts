import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "chai";
import { after, describe, it } from "mocha";
import { compiledDir, pruneCode, unpackCode } from "../../../emulator/lambda/code.ts";
import { temporary } from "./support.ts";

describe("lambda / code", () => {
  const { dir, remove } = temporary();
  after(remove);
  const into = join(dir, "unpacked");
  mkdirSync(join(dir, "built"));
  writeFileSync(join(dir, "built", "index.mjs"), "1");
  writeFileSync(join(dir, "built", "runtime.mjs"), "2");

  it("unpacks files and folders by their names", () => {
    const { dir: unpacked } = unpackCode(
      { assets: { "a.mjs": { path: "built/index.mjs" }, "b.txt": { text: "é" }, more: { path: "built" } } },
      dir,
      into,
    );
    expect(readdirSync(unpacked, { recursive: true }).sort()).to.deep.equal([
      "a.mjs",
      "b.txt",
      "more",
      "more/index.mjs",
      "more/runtime.mjs",
    ]);
    expect(readFileSync(join(unpacked, "b.txt"), "utf8")).to.equal("é");
  });

  it("unpacks the same code to the same folder, and changed code to another folder", () => {
    const first = unpackCode({ path: "built" }, dir, into);
    expect(unpackCode({ assets: { "runtime.mjs": { text: "2" }, "index.mjs": { text: "1" } } }, dir, into)).to.deep.equal(first);
    writeFileSync(join(dir, "built", "index.mjs"), "3");
    const second = unpackCode({ path: "built" }, dir, into);
    expect(second.hash).not.to.equal(first.hash);
    expect(readFileSync(join(first.dir, "index.mjs"), "utf8")).to.equal("1");
    pruneCode(into, new Set([second.hash]));
    expect(readdirSync(into)).to.deep.equal([second.hash]);
  });

  it("shares what Node compiled among the versions in a folder, until it is too much", () => {
    const { dir: version, hash } = unpackCode({ path: "built" }, dir, into);
    const compiled = compiledDir(version);
    mkdirSync(join(compiled, "v24"), { recursive: true });
    for (let i = 0; i < 499; i++) writeFileSync(join(compiled, "v24", String(i)), "");
    pruneCode(into, new Set([hash]));
    expect(readdirSync(into).sort()).to.deep.equal([basename(compiled), hash]);
    writeFileSync(join(compiled, "v24", "one more"), "");
    pruneCode(into, new Set([hash]));
    expect(readdirSync(into)).to.deep.equal([hash]);
  });

  it("refuses a missing file, and a zip file", () => {
    expect(() => unpackCode({ assets: { x: { path: "nowhere" } } }, dir, into)).to.throw(/nowhere does not exist\. /);
    writeFileSync(join(dir, "code.zip"), "PK");
    expect(() => unpackCode({ path: "code.zip" }, dir, into)).to.throw(/code\.zip is not a folder\. /);
  });
});
