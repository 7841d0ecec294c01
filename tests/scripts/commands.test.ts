import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
const commands = read("tools/commands.json") as Readonly<Record<string, string>>;
const { scripts, engines, devDependencies } = read("package.json") as Readonly<
  Record<"scripts" | "engines" | "devDependencies", Readonly<Record<string, string>>>
>;

describe("npm scripts", () => {
  it("are the commands of tools/commands.json, each run by tools/run.mjs", () => {
    const expected = Object.keys(commands).map((name) => [name, `${name === "start" ? "exec " : ""}node tools/run.mjs ${name}`]);
    expect(scripts).to.deep.equal(Object.fromEntries(expected));
  });

  for (const [name, command] of Object.entries(commands)) {
    const [program = "", ...words] = command.split(" ");
    it(`${name} runs a program and files that exist`, () => {
      if (program !== "pulumi") expect(existsSync(join(ROOT, "node_modules/.bin", program)), program).to.equal(true);
      for (const word of words)
        if (/^[\w-]+\/.*\.ts$/.test(word) && !word.includes("*")) expect(existsSync(join(ROOT, word)), word).to.equal(true);
    });
  }

  it("test runs each test file once, those that take longest first", () => {
    const patterns = (commands.test ?? "").split(" ").slice(1);
    const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
    const all = readdirSync(join(ROOT, "tests"), { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".test.ts"),
    );
    expect([...files].sort()).to.deep.equal(all.map((file) => join("tests", file)).sort());
    expect(files.findLastIndex((file) => file.startsWith("tests/e2e/"))).to.be.lessThan(
      files.findIndex((file) => !file.startsWith("tests/e2e/")),
    );
  });

  it("an unknown command is refused with the names of those that exist", () => {
    const { status, stderr } = spawnSync(process.execPath, ["tools/run.mjs", "tset"], { cwd: ROOT, encoding: "utf8" });
    expect({ status, stderr }).to.deep.equal({
      status: 1,
      stderr: `run.mjs: unknown command "tset". Give one of ${Object.keys(commands).join(", ")}.\n`,
    });
  });

  for (const [command, ...args] of [
    ["start", "--stack", "nope"],
    ["cost", "--stack=nope"],
    ["hub", "requests", "list", "--stack", "organisation/project/nope"],
    ["up", "--stack", "nope"],
    ["quotas", "--stack", "nope"],
  ])
    it(`${command} refuses ${args.join(" ")} at once, with the stacks that there are`, () => {
      const { status, stderr } = spawnSync(process.execPath, ["tools/run.mjs", command ?? "", ...args], {
        cwd: ROOT,
        encoding: "utf8",
      });
      expect({ status, stderr }).to.deep.equal({
        status: 1,
        stderr: 'Pulumi.nope.yaml does not exist. Choose one of the stacks dev, prod, staging, or write a file for "nope".\n',
      });
    });

  for (const command of ["start", "hub", "console"])
    it(`${command} ends quietly when its reader is gone`, async () => {
      const child = spawn(process.execPath, ["tools/run.mjs", command, "--help"], {
        cwd: ROOT,
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.stdout.destroy();
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => (stderr += String(chunk)));
      const [status] = (await once(child, "close")) as [number];
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: "" });
    });

  it(".nvmrc names the Node of the lockfile, which engines accepts", () => {
    const pinned = devDependencies.node ?? "";
    expect(readFileSync(join(ROOT, ".nvmrc"), "utf8").trim()).to.equal(pinned);
    expect(Number(pinned.split(".")[0])).to.be.at.least(Number(/^>=(\d+)$/.exec(engines.node ?? "")?.[1]));
  });
});
