import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import orderToErp from "../../flows/order-to-erp.ts";
import { api, event, type Flow, flow, graph, join, step } from "../../model/index.ts";

describe("graph / order-to-erp", () => {
  const drawn = graph(orderToErp as Flow);

  it("has the events of the original flow, first to last", () => {
    expect(drawn.events.map(({ name }) => name)).to.deep.equal([
      "IntegrationRequested",
      "IntegrationValidated",
      "RuleApplied",
      "DataEnriched",
      "OrderRegistered",
    ]);
  });

  it("runs rules and enrichment in parallel, and joins them at the adapter", () => {
    const wires = drawn.steps.map(({ name, on, emits, uses }) => [name, on.kind === "event" ? on.event : on.parts, emits, uses]);
    expect(wires).to.deep.equal([
      ["validate", "IntegrationRequested", ["IntegrationValidated"], []],
      ["applyRules", "IntegrationValidated", ["RuleApplied"], []],
      ["enrich", "IntegrationValidated", ["DataEnriched"], ["customers"]],
      ["register", { priced: "RuleApplied", customer: "DataEnriched" }, ["OrderRegistered"], ["erp"]],
    ]);
  });

  it("is plain data, the same at every call", () => {
    expect(JSON.parse(JSON.stringify(drawn))).to.deep.equal(drawn);
    expect(JSON.stringify(graph(orderToErp as Flow))).to.equal(JSON.stringify(drawn));
  });

  it("names the operations of its third parties", () => {
    expect(drawn.adapters.map(({ name, operations }) => [name, operations.map(({ route }) => route)])).to.deep.equal([
      ["customers", ["GET /customers/:id"]],
      ["erp", ["POST /orders", "POST /payments"]],
    ]);
  });
});

describe("graph / former names", () => {
  it("are listed for the steps that have some", () => {
    const Asked = event("Asked", z.object({ id: z.string() }));
    const Priced = event("Priced", z.object({ id: z.string() }));
    const sample = flow("sample", {
      summary: "A sample.",
      owner: "tests",
      triggers: { ask: api("POST /samples", { emits: Asked }) },
      steps: {
        price: step({ on: Asked, emits: [Priced], formerly: ["quote"], handler: ({ id }) => Priced({ id }) }),
        end: step({ on: join({ asked: Asked, priced: Priced }), emits: [], handler: () => [] }),
      },
    });
    expect(graph(sample).steps.map(({ formerly }) => formerly)).to.deep.equal([["quote"], undefined]);
  });
});
