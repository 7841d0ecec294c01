import { expect } from "chai";
import { describe, it } from "mocha";
import { flowDrawing, hubDrawing } from "../../../console/server/drawing.ts";
import type { Drawing } from "../../../console/shared/api.ts";
import largeOrders from "../../../examples/large-orders.ts";
import orderLines from "../../../examples/order-lines.ts";
import orderStatistics from "../../../examples/order-statistics.ts";
import supplierStock from "../../../examples/supplier-stock.ts";
import vatNumbers from "../../../examples/vat-numbers.ts";
import orderToErp from "../../../flows/order-to-erp.ts";
import { adaptersOf, graph } from "../../../model/index.ts";

const eventsOf = ({ edges }: Drawing, from: string, to: string) =>
  edges.filter((edge) => edge.from === from && edge.to === to).map(({ events }) => events);

describe("an edge of a drawing", () => {
  const flow = flowDrawing(graph(orderToErp));
  const hub = hubDrawing([graph(orderToErp)]);

  it("has the events that pass it, and who publishes them", () => {
    expect(eventsOf(flow, "trigger:orders", "event:IntegrationRequested")).to.deep.equal([
      { names: ["IntegrationRequested"], by: { flow: "order-to-erp", step: "trigger:orders" } },
    ]);
    expect(eventsOf(flow, "event:IntegrationRequested", "step:validate")).to.deep.equal([{ names: ["IntegrationRequested"] }]);
    expect(eventsOf(flow, "step:validate", "event:IntegrationValidated")).to.deep.equal([
      { names: ["IntegrationValidated"], by: { flow: "order-to-erp", step: "validate" } },
    ]);
  });

  it("lies within the drawing, also where it passes above all boxes", () => {
    const { edges, height } = flowDrawing(graph(orderLines));
    const outside = edges.flatMap(({ points }) => points.filter(([, y]) => y < 0 || y > height));
    expect(outside).to.deep.equal([]);
  });

  it("to a third party has the events upon which it is called", () => {
    const [taken] = eventsOf(flow, "step:register", "party:erp");
    expect(taken?.names.length).to.be.greaterThan(0);
    expect(eventsOf(hub, "flow:order-to-erp", "party:erp")).to.deep.equal([{ names: taken?.names }]);
  });

  it("with a condition has the step whose rule lets some of them pass", () => {
    const drawing = flowDrawing(graph(largeOrders));
    const events = { names: ["OrderPlaced"], to: { flow: "large-orders", step: "announce" } };
    expect(eventsOf(drawing, "event:OrderPlaced", "step:announce")).to.deep.equal([events]);
    expect(eventsOf(drawing, "step:announce", "party:sales-chat")).to.deep.equal([events]);
  });

  it("has its label where no box is", () => {
    const { nodes, edges } = flowDrawing(graph(largeOrders));
    const labelled = edges.filter(({ label }) => label !== "");
    expect(labelled.length).to.be.greaterThan(0);
    const covered = labelled.flatMap(({ label, labelAt: [x, y] }) => {
      const half = (label.length * 6) / 2;
      return nodes
        .filter((node) => node.x < x + half && node.x + node.width > x - half && node.y < y + 12 && node.y + node.height > y - 12)
        .map(({ id }) => `${label} on ${id}`);
    });
    expect(covered).to.deep.equal([]);
  });

  it("between two flows has the event that one imports of the other", () => {
    const both = hubDrawing([graph(largeOrders), graph(orderStatistics)]);
    expect(eventsOf(both, "flow:large-orders", "flow:order-statistics")).to.deep.equal([{ names: ["OrderPlaced"] }]);
  });
});

describe("the drawing of an example", () => {
  for (const example of [largeOrders, vatNumbers, supplierStock, orderLines, orderStatistics])
    it(`of ${example.name} has each trigger, step and third party, joined by its events`, () => {
      const { nodes, edges } = flowDrawing(graph(example));
      const drawn = nodes.map(({ id }) => id);
      const parties = adaptersOf(example).map(({ name }) => `party:${name}`);
      const triggers = Object.keys(example.triggers).map((trigger) => `trigger:${trigger}`);
      expect(drawn).to.include.members([...triggers, ...Object.keys(example.steps).map((step) => `step:${step}`), ...parties]);
      expect(nodes.filter(({ id }) => !edges.some(({ from, to }) => from === id || to === id))).to.deep.equal([]);
    });
});
