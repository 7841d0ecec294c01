import { expect } from "chai";
import { describe, it } from "mocha";
import { bodyOf, SELECTION, selectionOf } from "../../../../runtime/functions/ops/request.ts";

const selected = (body: unknown) => selectionOf(bodyOf(JSON.stringify(body), SELECTION));

describe("ops / the selection of dead letters", () => {
  for (const [what, body, detail] of [
    ["a state in the filter", { filter: { state: "redriven" } }, "Leave state out"],
    ["a state beside other filters", { filter: { flow: "orders", state: "open" } }, "Leave state out"],
    ["a misspelt filter beside all", { all: true, fitler: { flow: "orders" } }, "Unknown member fitler"],
    ["a filter's member beside ids", { ids: ["0123456789abcdef"], flow: "orders" }, "Unknown member flow"],
    ["a reason for a redrive", { all: true, reason: "r" }, "Unknown member reason"],
    ["a list as filter", { filter: ["orders"] }, "The filter is not a JSON object"],
    ["an unknown filter", { filter: { tenant: "a" } }, "Unknown filter tenant"],
    ["two selections", { all: true, filter: { flow: "a" } }, "Send exactly one"],
    ["a list", [], "not a JSON object"],
    ["a window that ends before it begins", { filter: { from: "2026-11-24", to: "2000-01-01" } }, "from is not before to."],
    ["a window without a length", { filter: { from: "2026-11-24", to: "2026-11-24" } }, "from is not before to."],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(() => selected(body)).to.throw(detail);
    });

  it("takes ids, a filter or all", () => {
    expect(selected({ ids: ["0123456789abcdef"] })).to.deep.equal({ ids: ["0123456789abcdef"] });
    expect(selected({ filter: { flow: "orders" } })).to.deep.equal({ filter: { flow: "orders" } });
    expect(selected({ all: true })).to.deep.equal({ filter: {} });
  });
});
