import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { checkFlow, checkHub, type Flow } from "../../model/index.ts";
import { newFlow } from "../../tools/new-flow/new-flow.ts";
import { emptyRoot, linkLibraries, refusalOf, testsIn } from "./new-files.ts";

/** Trigger -> most lines of its flow. */
const KINDS = { api: 30, webhook: 30, schedule: 30, sync: 35, poll: 47 };

describe("hub flow new", () => {
  let root: string;
  beforeEach(() => {
    root = emptyRoot("new-flow");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("writes a flow of each trigger, of 30 lines where it is a simple one, that the hub takes and whose test passes", async function () {
    this.timeout(300_000);
    const flows: Flow[] = [];
    for (const [kind, most] of Object.entries(KINDS)) {
      const name = `sends-${kind}-2`;
      expect(await newFlow(name, kind, root)).to.include(`npm test -- tests/flows/${name}.test.ts`);
      const text = readFileSync(join(root, "flows", `${name}.ts`), "utf8");
      expect(text.trimEnd().split("\n").length, kind).to.be.at.most(most);
      for (const folder of ["flows", "tests/flows"])
        expect(readFileSync(join(root, folder, folder === "flows" ? `${name}.ts` : `${name}.test.ts`), "utf8")).not.to.match(
          /flow-?name/i,
        );
    }
    await linkLibraries(root);
    for (const file of readdirSync(join(root, "flows"))) {
      const { default: flow } = (await import(pathToFileURL(join(root, "flows", file)).href)) as { readonly default: Flow };
      expect(flow.name).to.equal(file.slice(0, -".ts".length));
      expect([...checkFlow(flow)], file).to.deep.equal([]);
      flows.push(flow);
    }
    expect([...checkHub(flows)]).to.deep.equal([]);
    expect(await testsIn(root, "tests/flows/*.test.ts")).to.include("10 passing");
  });

  it("refuses names that no flow can have, triggers that do not exist, and files that do", async () => {
    for (const name of ["Order", "order_export", "-a", "a".repeat(25), "hub", "../x"])
      expect(await refusalOf(newFlow(name, "api", root))).to.include(`"${name}" can't name a flow`);
    expect(await refusalOf(newFlow("order-export", "cron", root))).to.equal(
      '"cron" is no trigger. Use api, webhook, schedule, poll, sync.',
    );
    await newFlow("order-export", undefined, root);
    const before = readFileSync(join(root, "flows/order-export.ts"), "utf8");
    expect(await refusalOf(newFlow("order-export", "sync", root))).to.equal(
      "flows/order-export.ts exists. Remove it, or choose another name.",
    );
    expect(readFileSync(join(root, "flows/order-export.ts"), "utf8")).to.equal(before);
  });
});
