import { existsSync, globSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { PAGES, partsOf, ROOT, textOf } from "./blocks.ts";

/** Columns of a line of prose. A table's row and a line of code can't be wrapped. */
const WIDEST = 120;

const proseOf = (page: string) => partsOf(page).prose;

/** As GitHub makes the anchor of a heading: lower case, without punctuation, spaces as hyphens, a number where it is there already. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const { line } of proseOf(page)) {
    const [, heading] = /^#{1,6} (.+)$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-");
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Why a link leads nowhere. */
function faultOf(page: string, link: string): string | undefined {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), decodeURI(path)));
  if (!existsSync(join(ROOT, target))) return `${page}: ${link} leads to no file`;
  if (anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).has(anchor))
    return `${page}: ${link} leads to no heading of ${target}`;
  return undefined;
}

/** Words that CONTRIBUTING.md rules out, and pronouns for a person whose role has a name. */
const REFUSED = /\b(told|tells?|(no|some|every)body|whom(ever)?|whoever|he|him|his)\b/i;
const NO_PROSE = ["docs", "node_modules"];
/** Comments and titles of tests, and in other code texts as well: data of tests may hold any word. */
const isProse = (file: string, line: string) => !file.startsWith("tests/") || /^\s*(\*|\/[/*])|\b(it|describe)\(/.test(line);

describe("the code", () => {
  it("uses no word that CONTRIBUTING.md rules out", () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && !NO_PROSE.includes(entry.name))
      .map(({ name }) => name);
    const files = globSync(
      folders.map((folder) => `${folder}/**/*.{ts,tsx,mjs,py}`),
      { cwd: ROOT, exclude: ["**/node_modules/**"] },
    );
    expect(files).to.include.members(["console/client/main.tsx", "checks/emulators/kinds.py", "tools/run.mjs"]);
    const found = files.flatMap((file) =>
      textOf(file)
        .split("\n")
        .flatMap((line, at) => (REFUSED.test(line) && isProse(file, line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
    );
    // This file, and what other people wrote.
    expect(found.filter((line) => !/^tests\/(docs\/pages\.test|tools\/from-openapi\/)/.test(line))).to.deep.equal([]);
  });
});

describe("the pages of the documentation", () => {
  it("have no link that leads nowhere", () => {
    const faults = PAGES.flatMap((page) =>
      proseOf(page)
        .flatMap(({ line }) => [...line.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = ""]) => link))
        .filter((link) => !/^[a-z]+:/.test(link))
        .flatMap((link) => faultOf(page, link) ?? []),
    );
    expect(faults).to.deep.equal([]);
  });

  it("are all listed in docs/README.md", () => {
    const listed = proseOf("docs/README.md").flatMap(({ line }) =>
      [...line.matchAll(/\]\(([^()#\s]+)/g)].map(([, link]) => link),
    );
    const missing = globSync(["*.md", "tutorials/*.md", "how-to/*.md"], { cwd: join(ROOT, "docs") }).filter(
      (page) => page !== "README.md" && !listed.includes(page),
    );
    expect(missing).to.deep.equal([]);
  });

  it("use no word that CONTRIBUTING.md rules out", () => {
    const found = PAGES.filter(
      (page) => !["CHANGELOG.md", "CONTRIBUTING.md"].includes(page) && !page.startsWith("docs/catalogue/"),
    ).flatMap((page) =>
      proseOf(page)
        .filter(({ line }) => REFUSED.test(line.replaceAll(/`[^`]*`/g, "")))
        .map(({ line, number }) => `${page}:${number}: ${line}`),
    );
    expect(found).to.deep.equal([]);
  });

  it(`have no line of prose over ${WIDEST} columns`, () => {
    // The catalogue holds the flows' own sentences, a line each.
    const long = PAGES.filter((page) => !page.startsWith("docs/catalogue/")).flatMap((page) =>
      proseOf(page)
        .filter(({ line }) => line.length > WIDEST && !/^\s*(\||<)/.test(line) && line.trim().includes(" "))
        .map(({ number }) => `${page}:${number}`),
    );
    expect(long).to.deep.equal([]);
  });
});
