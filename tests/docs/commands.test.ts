import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { COMMANDS, COMMON } from "../../cli/commands.ts";
import { CONSOLE_HELP, HELP } from "../../cli/help.ts";
import { HELP as START_HELP } from "../../local/options.ts";
import { ROOT, textOf } from "./blocks.ts";

const page = textOf("docs/commands.md");

interface Entry {
  /** Such as `trace <id>` or `--port <n>`. */
  readonly form: string;
  readonly meaning: string;
}

/** @returns what a help text lists, by the heading above it; "" where there is none */
function sectionsOf(help: string): ReadonlyMap<string, readonly Entry[]> {
  const sections = new Map<string, Entry[]>([["", []]]);
  for (const line of help.split("\n")) {
    const entries = [...sections.values()].at(-1) ?? [];
    const ofOption = /^ {2}(--\S.*?(?: <[^>]+>)?) +([a-z].*)$/.exec(line);
    const [, form, meaning = ""] = ofOption ?? /^ {2}(\w.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
    const [, more] = /^ {10,}(\S.*)$/.exec(line) ?? [];
    const last = entries.at(-1);
    if (more !== undefined && last) entries[entries.length - 1] = { form: last.form, meaning: `${last.meaning} ${more}`.trim() };
    else if (form !== undefined) entries.push({ form, meaning });
    else if (/^[a-z]/.test(line)) sections.set(line, []);
  }
  return sections;
}

const row = (...cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const coded = (text: string) => (text === "" || /^of /.test(text) ? text : `\`${text}\``);
const inProse = (meaning: string) =>
  meaning.replaceAll(/(?:\w+\.)?<[^<>]+>(?:\.\w+)?(?:\/(?:trigger:)?<[^<>]+>)?|(?<= |^|\()--[a-z-]+(?: <[^<>]+>)?/g, "`$&`");

/** @returns the options of a command that its form does not show */
function optionsOf(form: string): readonly string[] {
  const words = form.split(" ");
  const name = [2, 1].map((length) => words.slice(0, length).join(" ")).find((words) => COMMANDS[words]);
  if (name === undefined) throw new Error(`"${form}" in cli/help.ts is no command.`);
  const takes = (COMMANDS[name]?.takes ?? []).map((option) => (option === "reason" ? "why" : option));
  return takes.filter((option) => !new RegExp(`--${option}\\b`).test(form)).map((option) => `--${option}`);
}

const commandTable = (entries: readonly Entry[]) =>
  [
    "| command | options | what it does |",
    "|---|---|---|",
    ...entries.map(({ form, meaning }) => row(coded(form), coded(optionsOf(form).join(" ")), inProse(meaning))),
  ].join("\n");
const optionTable = (title: string, entries: readonly Entry[]) =>
  [`| ${title} | |`, "|---|---|", ...entries.map(({ form, meaning }) => row(coded(form), inProse(meaning)))].join("\n");

/** Sections of the help that list options instead of commands. */
const OPTIONS = ["filters", "which hub", "output and limits"];

/** @returns the rows of the tables below a heading, up to the next heading of its level or a higher one */
function rowsBelow(heading: string): readonly string[] {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const below = page.split(`\n${heading}\n`)[1] ?? "";
  const section = below.split(new RegExp(`^#{1,${level}} `, "m"))[0] ?? "";
  return section.split("\n").filter((line) => line.startsWith("|"));
}

describe("docs/commands.md", () => {
  it("has the commands of `npm run hub`, with their options, as the help has them", () => {
    const expected = [...sectionsOf(HELP)].flatMap(([title, entries]) => {
      if (entries.length === 0) return [];
      return OPTIONS.includes(title) ? optionTable(title === "filters" ? "filters" : "option", entries) : commandTable(entries);
    });
    expect([...rowsBelow("## npm run hub")].sort()).to.deep.equal(expected.flatMap((table) => table.split("\n")).sort());
  });

  it("has the options of `npm start` and `npm run console`", () => {
    for (const [heading, help] of [
      ["## npm start", START_HELP],
      ["## npm run console", CONSOLE_HELP],
    ] as const)
      expect(rowsBelow(heading)).to.deep.equal(optionTable("option", sectionsOf(help).get("") ?? []).split("\n"));
  });

  it("explains every option of a command", () => {
    const taken = Object.values(COMMANDS).flatMap(({ takes }) => takes);
    const all = [...new Set([...taken, ...COMMON])];
    expect(all.filter((option) => !HELP.includes(`--${option}`))).to.deep.equal(["revision"]);
    expect(page).to.include("`--revision`");
  });

  it("lists every npm script, and no other", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly scripts: object };
    const [, list = ""] = page.split("\n## All scripts\n");
    const listed = [...list.matchAll(/^\| `npm (?:run )?([\w:-]+)/gm)].map(([, name]) => name);
    expect(listed).to.have.members(Object.keys(scripts));
  });
});
