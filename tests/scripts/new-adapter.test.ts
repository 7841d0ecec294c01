import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import * as z from "zod";
import { type AnyAdapter, api, checkFlow, event, flow, step } from "../../model/index.ts";
import { newAdapter } from "../../tools/new-adapter/new-adapter.ts";
import { emptyRoot, linkLibraries, refusalOf, testsIn } from "./new-files.ts";

describe("hub adapter new", () => {
  let root: string;
  beforeEach(() => {
    root = emptyRoot("new-adapter");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("writes an adapter that the hub takes, and a test that passes", async function () {
    this.timeout(300_000);
    expect(await newAdapter("price-list-2", root)).to.include("npm test -- tests/third-parties/price-list-2.test.ts");
    for (const file of ["third-parties/price-list-2.ts", "tests/third-parties/price-list-2.test.ts"])
      expect(readFileSync(join(root, file), "utf8")).not.to.match(/adapter-?name/i);
    await linkLibraries(root);
    const file = pathToFileURL(join(root, "third-parties/price-list-2.ts")).href;
    const { priceList2 } = (await import(file)) as { readonly priceList2: AnyAdapter };
    expect(priceList2.name).to.equal("price-list-2");
    const Asked = event("Asked", z.object({}));
    const caller = flow("caller", {
      ...{ summary: "s", owner: "o", triggers: { asked: api("POST /asked", { emits: Asked }) } },
      steps: { ask: step({ on: Asked, emits: [], uses: { priceList2 }, handler: () => [] }) },
    });
    expect([...checkFlow(caller)]).to.deep.equal([]);
    expect(await testsIn(root, "tests/third-parties/*.test.ts")).to.include("2 passing");
  });

  it("refuses names that no adapter can have, words that the code uses, and files that exist", async () => {
    const failure = (name: string) => refusalOf(newAdapter(name, root));
    for (const name of ["Prices", "price_list", "-a", "a".repeat(31), "../x"])
      expect(await failure(name)).to.include(`"${name}" can't name an adapter. Use kebab-case`);
    for (const name of ["delete", "await", "call", "test-flow", "adapter", "caller", "z"])
      expect(await failure(name)).to.equal(
        `"${name}" can't name an adapter: TypeScript or the written files use the word. Name it like ${name}-api.`,
      );
    await newAdapter("price-list", root);
    expect(await failure("price-list")).to.equal("third-parties/price-list.ts exists. Remove it, or choose another name.");
  });
});
