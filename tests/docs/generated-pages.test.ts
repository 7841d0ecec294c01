import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { parse } from "yaml";
import { CATALOGUE } from "../../tools/catalogue/files.ts";
import { generatedPages, IMPORT_RULES, OPENAPI } from "../../tools/generated-pages.ts";
import { lint } from "../../tools/openapi/lint.ts";
import { ROOT, recording } from "../e2e/support.ts";

describe("generated pages of docs/", () => {
  let pages: Readonly<Record<string, string>>;
  before(async () => {
    pages = await generatedPages(await recording());
  });

  it("are up to date; `npm run docs` regenerates them", () => {
    for (const [page, text] of Object.entries(pages)) expect(readFileSync(join(ROOT, page), "utf8"), page).to.equal(text);
    for (const page of [
      "README.md",
      "docs/http-api.md",
      "docs/settings.md",
      "docs/customise.md",
      "docs/least-privilege.md",
      "docs/openapi.d.ts",
      OPENAPI,
      IMPORT_RULES,
    ])
      expect(pages[page], page).to.be.a("string");
  });

  it("are all of docs/catalogue", () => {
    const files = readdirSync(join(ROOT, CATALOGUE), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)));
    expect(files).to.have.members(Object.keys(pages).filter((page) => page.startsWith(`${CATALOGUE}/`)));
  });

  it("link only to files that exist", () => {
    for (const [path, text] of Object.entries(pages).filter(([page]) => page.startsWith(`${CATALOGUE}/`)))
      for (const [, link = ""] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
        expect(existsSync(join(ROOT, dirname(path), link)), `${path} links to ${link}`).to.equal(true);
  });

  it("are the same each time", async () => {
    expect(await generatedPages(await recording())).to.deep.equal(pages);
  });

  it("contain an OpenAPI document that passes Redocly's recommended rules without a warning", async () => {
    expect(await lint(pages[OPENAPI] ?? "")).to.deep.equal([]);
  });

  it("link each operation of a flow to events that the catalogue describes", () => {
    const { paths } = parse(pages[OPENAPI] ?? "") as {
      paths: Record<string, Record<string, { "x-causes"?: { event: string; channel: string; page: string }[] }>>;
    };
    const causes = Object.values(paths).flatMap((item) => Object.values(item).flatMap((one) => one["x-causes"] ?? []));
    expect(causes).to.have.length.greaterThan(3);
    for (const { event, channel, page } of causes) {
      const [file = "", place = ""] = channel.split("#/channels/");
      expect(pages[`docs/${page}`], page).to.include(`# ${event}`);
      const { channels } = parse(pages[`docs/${file}`] ?? "") as { channels: object };
      expect(channels, channel).to.have.property(place);
    }
  });

  it("are linted for errors and warnings", async () => {
    const broken = (pages[OPENAPI] ?? "").replace("summary: Place an order.", "summry: Place an order.");
    expect((await lint(broken)).map((fault) => fault.split(",")[0])).to.have.members(["struct", "operation-summary"]);
    const wrongExample = (pages[OPENAPI] ?? "").replace("customerId: customerId-1\n", "customerId: 7\n");
    expect((await lint(wrongExample)).map((fault) => fault.split(",")[0])).to.deep.equal(["no-invalid-media-type-examples"]);
  });
});
