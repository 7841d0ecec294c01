import { expect } from "chai";
import { describe, it } from "mocha";
import { decisionSummary } from "../../cli/decision-summary.ts";

const redriven = (id: string) => ({ id, state: "redriven" });

describe("cli / decisionSummary", () => {
  it("counts dead letters and gives the reason of a refusal", () => {
    const refused = { id: "d", refused: "the request has ended" };
    expect(decisionSummary(["a", "b", "c"].map(redriven))).to.equal("redriven 3");
    expect(decisionSummary([redriven("a"), refused])).to.equal("redriven 1, refused 1: the request has ended (d)");
  });
  it("writes one line for each reason", () => {
    const refused = [
      { id: "d", refused: "the request has ended" },
      { id: "e", refused: "it is discarded already" },
      { id: "f", refused: "the request has ended" },
    ];
    expect(decisionSummary([redriven("a"), ...refused]).split("\n")).to.deep.equal([
      "redriven 1",
      "refused 2: the request has ended (d, f)",
      "refused 1: it is discarded already (e)",
    ]);
  });
  it("says when no dead letter matches", () => expect(decisionSummary([])).to.equal("no dead letters"));
});
