import { existsSync, globSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { PAGES, partsOf, ROOT } from "./blocks.ts";

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
    const refused = /\b(told|tells?|nobody|whom(ever)?|whoever)\b/i;
    const found = PAGES.filter(
      (page) => !["CHANGELOG.md", "CONTRIBUTING.md"].includes(page) && !page.startsWith("docs/catalogue/"),
    ).flatMap((page) =>
      proseOf(page)
        .filter(({ line }) => refused.test(line.replaceAll(/`[^`]*`/g, "")))
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
