import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { describe, it } from "mocha";
import { checkFlow, checkHub, type Flow } from "../../model/index.ts";
import { PAGES, partsOf, ROOT, textOf } from "./blocks.ts";

const TUTORIALS = PAGES.filter((page) => page.startsWith("docs/tutorials/"));
/** The files that a tutorial has its reader write: path -> text. */
const filesOf = (page: string) =>
  partsOf(page).blocks.flatMap(({ text }) => {
    const [, path] = /^\/\/ (\S+\.ts)\n/.exec(text) ?? [];
    return path === undefined ? [] : [[path, `${text}\n`] as const];
  });

describe("the tutorials", () => {
  it("have flows that the hub takes, and tests that pass", async function () {
    this.timeout(300_000);
    // The files import ../model and ../../testing: one folder below the repository, they find what is linked there.
    mkdirSync(join(ROOT, ".build"), { recursive: true });
    const folder = mkdtempSync(join(ROOT, ".build", "tutorials-"));
    try {
      for (const linked of ["model", "testing"]) symlinkSync(join(ROOT, linked), join(folder, linked));
      const files = TUTORIALS.flatMap(filesOf);
      for (const [path, text] of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text, { flag: "wx" });
      }
      const flows = await Promise.all(
        files
          .filter(([path]) => path.startsWith("flows/"))
          .map(async ([path]) => ((await import(pathToFileURL(join(folder, path)).href)) as { default: Flow }).default),
      );
      expect(flows.flatMap((flow) => [...checkFlow(flow)])).to.deep.equal([]);
      expect([...checkHub(flows)]).to.deep.equal([]);
      const tests = files.flatMap(([path]) => (path.startsWith("tests/") ? [path] : []));
      expect(tests).to.have.lengthOf(flows.length);
      const mocha = join(ROOT, "node_modules/mocha/bin/mocha.js");
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["--disable-warning=ExperimentalWarning", mocha, "--no-config", "--timeout", "120000", ...tests],
        { cwd: folder },
      ).catch((error: { readonly stdout: string }) => error);
      expect(stdout).to.include("6 passing").and.not.to.include("failing");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("begin with a flow of 30 lines at most, which README.md shows", () => {
    const [[path, text = ""] = []] = filesOf("docs/tutorials/first-flow.md");
    expect(text.trimEnd().split("\n").length).to.be.at.most(30);
    expect(filesOf("README.md")).to.deep.equal([[path, text]]);
  });

  it("need at most 30 lines of README.md until a flow of one's own has passed its test", () => {
    const [, section = ""] = textOf("README.md").split("## Add an integration\n");
    const { blocks } = partsOf("README.md", section.split("\n## ")[0]);
    const lines = blocks.filter(({ language }) => language !== "mermaid").flatMap(({ text }) => text.split("\n"));
    expect(lines.slice(0, 2).map((line) => /^npm (run hub -- flow new|test -- tests\/flows\/)/.test(line))).to.deep.equal([
      true,
      true,
    ]);
    expect(lines.length).to.be.at.most(30);
  });
});
