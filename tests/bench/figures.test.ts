import { expect } from "chai";
import { describe, it } from "mocha";
import { figureOf, ratioOf, shown } from "../../bench/figures.ts";
import { orReason, pageOf, plot, type Row, table } from "../../bench/report.ts";

describe("bench / figures", () => {
  it("are a median with the middle half of the runs", () => {
    expect(figureOf([5, 1, 3, 2, 4])).to.deep.equal({ median: 3, low: 2, high: 4, runs: 5 });
    expect(figureOf([1, 2])).to.deep.equal({ median: 1.5, low: 1.25, high: 1.75, runs: 2 });
    expect(figureOf([7])).to.deep.equal({ median: 7, low: 7, high: 7, runs: 1 });
    expect(() => figureOf([])).to.throw(RangeError);
  });

  it("compare runs in pairs: what slows both down leaves their ratio as it is", () => {
    expect(ratioOf([10, 100, 1_000], [5, 50, 500])).to.deep.equal({ median: 2, low: 2, high: 2, runs: 3 });
  });

  it("show their spread where there is one", () => {
    expect(shown(figureOf([1, 2, 3]), 1)).to.equal("2.0 (1.5–2.5)");
    expect(shown(figureOf([266.4]))).to.equal("266");
    expect(shown(ratioOf([7], [0]), 2)).to.equal("–");
  });
});

describe("bench / report", () => {
  const rows: readonly Row[] = [
    {
      what: "cold start, CPU",
      unit: "ms",
      hub: figureOf([200, 220]),
      peers: [{ name: "bare <handler>", figure: figureOf([100, 110]), ratio: ratioOf([200, 220], [100, 110]) }],
    },
  ];

  it("lists ratios before values", () => {
    expect(table(rows).split("\n").at(-1)).to.equal(
      "| cold start, CPU | bare <handler> | 2.00 | 210 (205–215) | 105 (103–108) | ms |",
    );
  });

  it("names a peer that could not be measured, with the reason, and draws no bar for it", async () => {
    const missing = await orReason(() => Promise.reject(new Error("there is no java on the PATH\nat …")));
    const row: Row = { what: "zip", unit: "KB", hub: figureOf([100]), peers: [{ name: "other", missing: String(missing) }] };
    expect(table([row]).split("\n").at(-1)).to.equal("| zip | other | not measured | 100 | there is no java on the PATH | KB |");
    expect(plot([row]).match(/<rect /g)).to.have.lengthOf(1);
  });

  it("draws a bar for each ratio, with texts escaped", () => {
    const svg = plot(rows);
    expect(svg.match(/<rect /g)).to.have.lengthOf(2);
    expect(svg).to.include("cold start, CPU / bare &lt;handler>").and.include(">2.00</text>");
  });

  it("replaces the parts of the page that were measured, and keeps the others", () => {
    const template = "# Page\n\n@one\n\nText of @one.\n\n@two\n";
    const first = pageOf(template, { one: "1", two: "2" }, "");
    expect(first).to.equal(
      "# Page\n\n<!-- one -->\n\n1\n\n<!-- end of one -->\n\nText of @one.\n\n<!-- two -->\n\n2\n\n<!-- end of two -->\n",
    );
    expect(pageOf(template, { two: "3" }, first)).to.equal(first.replace("\n2\n", "\n3\n"));
    expect(pageOf(template, {}, "")).to.include("Not measured yet.");
  });
});
