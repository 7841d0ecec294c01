import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { generatedPages, IMPORT_RULES, OPENAPI } from "../../tools/generated-pages.ts";
import { lint } from "../../tools/openapi/lint.ts";
import { ROOT, recording } from "../e2e/support.ts";

describe("generated pages of docs/", () => {
  let pages: Readonly<Record<string, string>>;
  before(async () => {
    pages = await generatedPages(await recording());
  });

  for (const page of ["docs/deploy.md", "docs/least-privilege.md", "docs/openapi.d.ts", OPENAPI, IMPORT_RULES])
    it(`${page} is up to date; \`npm run docs\` regenerates it`, () => {
      expect(readFileSync(join(ROOT, page), "utf8")).to.equal(pages[page]);
    });

  it("are the same each time", async () => {
    expect(await generatedPages(await recording())).to.deep.equal(pages);
  });

  it("contain an OpenAPI document that passes Redocly's recommended rules without a warning", async () => {
    expect(await lint(pages[OPENAPI] ?? "")).to.deep.equal([]);
  });

  it("are linted for errors and warnings", async () => {
    const broken = (pages[OPENAPI] ?? "").replace("summary: Place an order.", "summry: Place an order.");
    expect((await lint(broken)).map((fault) => fault.split(",")[0])).to.have.members(["struct", "operation-summary"]);
    const wrongExample = (pages[OPENAPI] ?? "").replace("customerId: string\n", "customerId: 7\n");
    expect((await lint(wrongExample)).map((fault) => fault.split(",")[0])).to.deep.equal(["no-invalid-media-type-examples"]);
  });
});
