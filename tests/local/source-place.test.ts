import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { sourcePlace } from "../../local/source-place.ts";
import { ROOT, recording } from "../e2e/support.ts";

describe("the place of a flow in its source", () => {
  const file = join(ROOT, "flows/order-to-erp.ts");
  const lineOf = (text: string) =>
    readFileSync(file, "utf8")
      .split("\n")
      .findIndex((line) => line.includes(text)) + 1;

  it("is the file that the program loaded, which no resource names", async () => {
    const { modules, resources } = await recording();
    expect(modules?.["order-to-erp"]).to.equal(file);
    expect(JSON.stringify(resources.map(({ inputs: { code, ...inputs } }) => inputs))).not.to.include(file);
  });

  it("is the line of its declaration, and of a step's", () => {
    expect(sourcePlace(file, "order-to-erp")).to.deep.equal({ file, line: lineOf('flow("order-to-erp"') });
    const place = sourcePlace(file, "order-to-erp", "register");
    expect(readFileSync(file, "utf8").split("\n")[(place?.line ?? 0) - 1]).to.match(/\bregister\b/);
  });

  it("is the first line where the name is not in the file, and unknown without the file", () => {
    expect(sourcePlace(join(ROOT, "flows/order-to-erp.ts"), "order-to-erp", "a.*b")).to.deep.equal({ file, line: 1 });
    expect(sourcePlace(join(ROOT, "flows/none.ts"), "none")).to.equal(undefined);
  });
});
