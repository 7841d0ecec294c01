import { expect } from "chai";
import { describe, it } from "mocha";
import { diagramsIn } from "../../../checks/catalogue/diagrams.ts";

describe("checks / catalogue", () => {
  it("finds each diagram of a page, and no other code", () => {
    const page = "# A\n\n```mermaid\nflowchart LR\n  a --> b\n```\n\n```json\n{}\n```\n\n```mermaid\nsequenceDiagram\n```\n";
    expect(diagramsIn("a.md", page)).to.deep.equal([
      ["a.md, diagram 1", "flowchart LR\n  a --> b\n"],
      ["a.md, diagram 2", "sequenceDiagram\n"],
    ]);
    expect(diagramsIn("b.md", "# B\n")).to.deep.equal([]);
  });
});
