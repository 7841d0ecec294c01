import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";

const ROOT = join(import.meta.dirname, "../..");

describe("npm run release", () => {
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "tools/release.ts", ...args],
      { cwd: ROOT, encoding: "utf8" },
    );
    return { status, stdout, stderr };
  };
  it("-- --check passes where the working tree keeps the contract", () => {
    const { status, stdout, stderr } = run("--check");
    expect({ status, stderr }, stderr).to.deep.equal({ status: 0, stderr: "" });
    expect(stdout).to.match(/^release \d+: the working tree keeps the contract\n$/);
  });
  it("refuses a renewal without a note, and writes nothing", () => {
    expect(run()).to.deep.equal({
      status: 1,
      stdout: "",
      stderr: 'release: the note is missing. Give --note "what changes for callers and for events under way".\n',
    });
  });
});
