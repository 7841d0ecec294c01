import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { readCommand } from "../../cli/run-command.ts";
import { SETTINGS } from "../../components/config/config.ts";
import { type Block, blocksIn, PAGES, partsOf } from "./blocks.ts";
import { faultOf, hubArguments } from "./commands.ts";
import { type Command, commandsIn, filledIn } from "./shell.ts";
import { typeErrors } from "./type-check.ts";

const CHECKED = ["ts", "json", "yaml", "sh", "mermaid"];
const list = (faults: readonly string[]) => faults.join("\n");

/** Commands of shell blocks, and those that sentences name. */
const COMMANDS: readonly (readonly [place: string, page: string, command: Command])[] = [
  ...blocksIn("sh").flatMap(({ page, line, text }) =>
    commandsIn(text).map((command) => [`${page}:${line}`, page, command] as const),
  ),
  ...PAGES.filter((page) => page !== "CHANGELOG.md" && !page.startsWith("docs/decisions/")).flatMap((page) =>
    partsOf(page).prose.flatMap(({ line, number }) =>
      [...line.matchAll(/`((?:npm|curl) [^`]+)`/g)].flatMap(([, text = ""]) =>
        commandsIn(text).map((command) => [`${page}:${number}`, page, command] as const),
      ),
    ),
  ),
];

describe("code in the pages of the documentation", () => {
  it("has a language that is checked, or a marker with the reason why not", () => {
    const faults = PAGES.flatMap((page) => partsOf(page).blocks)
      .filter(({ language, unchecked }) => unchecked === undefined && !CHECKED.includes(language))
      .map(({ page, line, language }) => `${page}:${line}: "${language}" is not checked`);
    expect(list(faults)).to.equal("");
  });

  it("compiles, where it is TypeScript", function () {
    this.timeout(300_000);
    const wrong: Block = { page: "wrong.md", line: 7, language: "ts", text: 'TenLines;\nstep({ on: "no event" });' };
    const errors = typeErrors([...blocksIn("ts"), wrong]);
    expect(list(errors.filter((error) => !error.startsWith("wrong.md")))).to.equal("");
    expect(errors.map((error) => error.split(":").slice(0, 2).join(":"))).to.deep.equal(["wrong.md:7", "wrong.md:8"]);
  });

  it("is JSON, where it says so", () => {
    const faults = blocksIn("json").flatMap(({ page, line, text }) => failure(`${page}:${line}`, () => JSON.parse(text)));
    expect(list(faults)).to.equal("");
  });

  it("is YAML, where it says so, with settings that the hub has", () => {
    const faults = blocksIn("yaml").flatMap(({ page, line, text }) =>
      failure(`${page}:${line}`, () => {
        const document = parse(text) as Readonly<Record<string, unknown>>;
        const settings = Object.keys((document.config ?? document) as object).filter((key) => key.startsWith("hub:"));
        const unknown = settings.find((key) => !SETTINGS.includes(key.slice("hub:".length)));
        if (unknown !== undefined) throw new Error(`the hub has no setting ${unknown}`);
      }),
    );
    expect(list(faults)).to.equal("");
  });

  it("is a shell's, where it says so", () => {
    const faults = blocksIn("sh").flatMap(({ page, line, text }) => {
      const { status, stderr } = spawnSync("bash", ["-n"], { input: filledIn(text), encoding: "utf8" });
      return status === 0 ? [] : [`${page}:${line}: ${stderr}`];
    });
    expect(list(faults)).to.equal("");
  });

  it("names npm scripts, options, routes and files that exist", () => {
    const faults = COMMANDS.flatMap(([place, page, command]) => {
      const fault = faultOf(page, command);
      return fault === undefined ? [] : [`${place}: ${fault}`];
    });
    expect(list(faults)).to.equal("");
    expect(COMMANDS.length).to.be.greaterThan(100);
  });

  it("names commands and options that `npm run hub` takes", () => {
    const faults = COMMANDS.flatMap(([place, , command]) => {
      const args = hubArguments(command);
      return args ? failure(`${place}: ${args.join(" ")}`, () => readCommand(args)) : [];
    });
    expect(list(faults)).to.equal("");
    expect(() => readCommand(["dead-letters", "lst"])).to.throw('dead-letters has no command "lst"');
  });
});

function failure(place: string, check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [`${place}: ${(error as Error).message}`];
  }
}
