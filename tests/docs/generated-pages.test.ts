import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { generatedPages, OPENAPI } from "../../tools/generated-pages.ts";
import { lint } from "../../tools/openapi/lint.ts";
import { ROOT, recording } from "../e2e/support.ts";

describe("generated pages of docs/", () => {
  let pages: Readonly<Record<string, string>>;
  before(async () => {
    pages = await generatedPages(await recording());
  });

  for (const page of ["docs/least-privilege.md", "docs/openapi.d.ts", OPENAPI])
    it(`${page} is what the program gives; \`npm run docs\` writes it anew`, () => {
      expect(readFileSync(join(ROOT, page), "utf8") === pages[page]).to.equal(true);
    });

  it("come out the same each time", async () => {
    expect(await generatedPages(await recording())).to.deep.equal(pages);
  });

  it("hold an OpenAPI document without an error or a warning by Redocly's recommended rules", async () => {
    expect(await lint(pages[OPENAPI] ?? "")).to.deep.equal([]);
  });

  it("are looked at by a linter that finds errors and warnings", async () => {
    const broken = (pages[OPENAPI] ?? "").replace("summary: Place an order.", "summry: Place an order.");
    expect((await lint(broken)).map((fault) => fault.split(",")[0])).to.have.members(["struct", "operation-summary"]);
    const wrongExample = (pages[OPENAPI] ?? "").replace("customerId: string\n", "customerId: 7\n");
    expect((await lint(wrongExample)).map((fault) => fault.split(",")[0])).to.deep.equal(["no-invalid-media-type-examples"]);
  });
});
