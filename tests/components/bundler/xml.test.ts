import { resolve } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { build } from "../../../components/bundler/build.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const textOf = async (entry: string) => {
  const files = await build({ root: ROOT, where: "test", name: "x.mjs", entry });
  return Buffer.from(files.find(({ name }) => name === "x.mjs")?.contents ?? []).toString();
};

describe("bundler / XML", () => {
  const adapter = 'import { adapter, call, form, text } from "./model/index.ts"; export default [adapter, call, form, text];';

  it("is only in the bundles that import it", async () => {
    expect(await textOf(adapter)).not.to.include("removeNSPrefix");
    expect(await textOf(`${adapter} export { xml } from "./model/xml.ts";`)).to.include("removeNSPrefix");
  });
});
