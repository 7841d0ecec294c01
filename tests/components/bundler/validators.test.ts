import { expect } from "chai";
import { before, describe, it } from "mocha";
import { faultsOf, type Validate } from "../../../runtime/validators.ts";
import shop from "../samples/shop.ts";
import formats from "./samples/formats.ts";
import many from "./samples/many.ts";
import { type Served, workplace } from "./workplace.ts";

/** @returns the faults; `undefined` for valid data */
const faults = (validate: Validate | undefined, data: unknown) => faultsOf(validate as Validate, data);

describe("bundler / validators", () => {
  let plain: Served["validators"];
  let odd: Served["validators"];
  before(async () => {
    const place = workplace();
    const [shopServed, formatsServed] = [await place.serve(shop), await place.serve(formats)];
    plain = (shopServed.step_price as Served).validators;
    odd = (formatsServed.step_read as Served).validators;
    place.remove();
  });

  it("exist for each event, answer and request of the flow", () => {
    expect(Object.keys(plain.events)).to.have.members([
      "OrderAsked",
      "OrderPriced",
      "PaymentTaken",
      "OrderSettled",
      "ParcelSent",
      "ParcelNoted",
    ]);
    expect(Object.keys(plain.responses)).to.have.members(["prices.quote", "ledger.book", "open.ping"]);
    expect(Object.keys(plain.requests)).to.have.members(["prices.quote", "ledger.book", "open.ping"]);
  });

  it("exist for a flow with more than 60 schemas", async () => {
    const place = workplace();
    const served = (await place.serve(many)).step_work as Served;
    place.remove();
    const operations = Array.from({ length: 30 }, (_, i) => `party.op${i}`);
    expect(Object.keys(served.validators.responses)).to.have.members(operations);
    for (const [i, name] of operations.entries()) {
      expect(faults(served.validators.responses[name], { [`field${i}`]: "x" }), name).to.equal(undefined);
      expect(faults(served.validators.responses[name], { [`field${i}`]: 1 }), name).to.equal(`/field${i} must be string`);
    }
  });

  it("fill in defaults in place", () => {
    const order = { orderId: "1" };
    expect(faults(plain.events.OrderAsked, order)).to.equal(undefined);
    expect(order).to.deep.equal({ orderId: "1", note: "none" });
  });

  it("report what is wrong", () => {
    expect(faults(plain.events.OrderPriced, { orderId: "1", cents: 1.5 })).to.equal("/cents must be integer");
    expect(faults(plain.events.OrderPriced, { orderId: "1", cents: 1 })).to.equal(undefined);
  });

  it("take a request's query and body as one object, with the path's parameters beside them even where the body is strict", () => {
    expect(faults(plain.requests["ledger.book"], { id: "path parameter", dry: "yes", cents: 1 })).to.equal(undefined);
    expect(faults(plain.requests["ledger.book"], { id: "1", cents: 1 })).to.equal("/dry is required");
    expect(faults(plain.requests["prices.quote"], { sku: "1", currency: 2 })).to.equal("/currency must be string");
    expect(faults(plain.requests["open.ping"], {})).to.equal(undefined);
  });

  for (const [field, good, bad] of [
    ["mail", "a@example.com", "a@"],
    ["when", "2026-11-24T01:00:00Z", "yesterday"],
    ["link", "https://example.com/a", "no link"],
    ["uuid", "6d1f0d61-0a58-4c4f-9a5c-1c6ab3b5d0f1", "6d1f"],
    ["kind", "b", "d"],
    ["tree", { name: "a", children: [{ name: "b", children: [] }] }, { name: "a", children: [{ name: 1, children: [] }] }],
    ["either", { type: "cat", lives: 9 }, { type: "dog", lives: 9 }],
    ["map", { a: 1 }, { a: "1" }],
    ["text", "é漢😀", "too long for it"],
  ] as const) {
    it(`hold a field ${field} to its schema`, () => {
      const check = odd.events.ThingRead;
      expect(faults(check, { [field]: good })).to.equal(undefined);
      expect(faults(check, { [field]: bad })).to.match(new RegExp(`^/${field}`));
    });
  }
});
