import { expect } from "chai";
import { describe, it } from "mocha";
import orderToErp from "../../flows/order-to-erp.ts";
import { type Flow, graph } from "../../model/index.ts";

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
