import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { catalogueOf, eventPage } from "../../../console/server/catalogue.ts";
import { decisionRoutes } from "../../../console/server/decisions.ts";
import type { DecisionPage } from "../../../console/shared/catalogue.ts";
import orderToErp from "../../../flows/order-to-erp.ts";
import { eventsOf, jsonSchema } from "../../../model/index.ts";
import { ROOT, recording } from "../../e2e/support.ts";

describe("the console's catalogue", () => {
  let resources: Awaited<ReturnType<typeof recording>>["resources"];
  let root = "";
  before(async () => {
    ({ resources } = await recording());
    root = mkdtempSync(join(tmpdir(), "decisions-"));
    mkdirSync(join(root, "docs/decisions"), { recursive: true });
    const write = (file: string, text: string) => writeFileSync(join(root, "docs/decisions", file), text);
    write(
      "001-first.md",
      "# 001: The ERP gets orders\n\nStatus: superseded · 2026-11-24, by [002](002-b.md)\n\nOf `order-to-erp`.\n",
    );
    write(
      "002-b.md",
      "# 002: Rules before the ERP\n\nStatus: accepted · 2026-11-25. Adds to [001](001-first.md).\n\n`RuleApplied` <b>x</b>\n",
    );
    write("003-plain.md", "No heading.\n");
    write("README.md", "# Decision records\n");
  });
  after(() => rmSync(root, { recursive: true }));

  it("has the schema of each event that a flow publishes, as docs/catalogue has it", () => {
    for (const event of eventsOf(orderToErp)) {
      const page = eventPage({ root, resources }, event.type, () => null);
      expect(page?.schemas, event.type).to.deep.equal({
        version: event.version,
        schemas: { [String(event.version)]: jsonSchema(event.schema) },
      });
    }
  });

  it("lists decision records with status, date and what they name, the newest first", () => {
    expect(catalogueOf({ root, resources }).decisions).to.deep.equal([
      { number: "003", title: "003-plain.md", status: "", date: "", about: [] },
      { number: "002", title: "Rules before the ERP", status: "accepted", date: "2026-11-25", about: ["RuleApplied"] },
      { number: "001", title: "The ERP gets orders", status: "superseded", date: "2026-11-24", about: ["order-to-erp"] },
    ]);
    const page = eventPage({ root, resources }, "RuleApplied", () => null);
    expect(page?.decisions.map(({ number }) => number)).to.deep.equal(["002"]);
  });

  it("has none where the project keeps none, and knows those of this repository", () => {
    expect(catalogueOf({ root: join(root, "nowhere"), resources }).decisions).to.deep.equal([]);
    const found = catalogueOf({ root: ROOT, resources }).decisions.find(({ number }) => number === "039");
    expect(found).to.include({ title: "The console is bundled at start, and keeps an index of its own", status: "accepted" });
  });

  it("opens a record with its text, and no other file", () => {
    const open = (number: string) =>
      decisionRoutes({ root, resources })["GET /api/decisions/*"]?.({
        parameters: [number],
        query: new URLSearchParams(),
        body: "",
      }) as DecisionPage;
    expect(open("002")).to.include({ file: "docs/decisions/002-b.md", title: "Rules before the ERP" });
    expect(open("002").text).to.include("<b>x</b>");
    for (const number of ["004", "", "0", "../", "README"])
      expect(() => open(number), number).to.throw(`no such decision ${number}`);
  });
});
