import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { bundleFlow } from "../../components/bundler/bundle-flow.ts";
import { bundleHub, bundleRuntime } from "../../components/bundler/bundle-runtime.ts";
import { store } from "../../components/bundler/store.ts";
import paymentNotifications from "../../flows/payment-notifications.ts";
import type { Flow } from "../../model/index.ts";
import { ROOT } from "../components/bundler/workplace.ts";

const hashOf = ({ name, contents }: { readonly name: string; readonly contents: Uint8Array }) =>
  `${name} ${createHash("sha256").update(contents).digest("hex")}`;

describe("bundler / determinism", () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "hub-bundler-")));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A copy of the parts of the repository that go into a flow's bundle. @returns its root */
  function checkout(name: string): string {
    const root = join(folder, name);
    mkdirSync(root, { recursive: true });
    for (const part of ["model", "protocol", "flows", "third-parties", "events", "package.json"])
      cpSync(join(ROOT, part), join(root, part), { recursive: true });
    for (const part of ["zod", "ajv", "ajv-formats"])
      cpSync(join(ROOT, "node_modules", part), join(root, "node_modules", part), { recursive: true });
    return root;
  }
  async function built(root: string): Promise<readonly string[]> {
    const { default: flow } = (await import(pathToFileURL(join(root, "flows/order-to-erp.ts")).href)) as { default: Flow };
    const files = await bundleFlow({ flow, source: flow, root });
    await store(join(root, ".build"), files);
    return readdirSync(join(root, ".build"));
  }

  it("produces the same bytes from any checkout", async () => {
    const [here, there] = [await built(checkout("a")), await built(checkout("another/and/deeper"))];
    expect(here).to.have.length(1);
    expect(there).to.deep.equal(here);
  });

  it("produces different bytes for another flow", async () => {
    const root = checkout("a");
    const [order] = await built(root);
    rmSync(join(root, ".build"), { recursive: true });
    const { default: flow } = (await import(pathToFileURL(join(root, "flows/payment-notifications.ts")).href)) as {
      default: Flow;
    };
    await store(join(root, ".build"), await bundleFlow({ flow, source: flow, root }));
    expect(readdirSync(join(root, ".build"))[0]).not.to.equal(order);
  });

  for (const [name, make] of [
    ["the runtime", () => bundleRuntime(ROOT, paymentNotifications)],
    ["the hub's functions", () => bundleHub(ROOT)],
  ] as const) {
    it(`produces the same bytes twice for ${name}`, async () => {
      const [first, second] = await Promise.all([make(), make()]);
      expect(second.map(hashOf)).to.deep.equal(first.map(hashOf));
      for (const { name: file, contents } of first) expect(Buffer.from(contents).includes(ROOT), file).to.equal(false);
    });
  }

  it("writes complete files, once, and leaves no temporary files, also when several write at the same time", async () => {
    const files = [
      { name: "b.mjs", contents: Buffer.from("b") },
      { name: "a.mjs", contents: Buffer.from("a") },
    ];
    const target = join(folder, "out");
    const stored = await Promise.all([store(target, files), store(target, files), store(target, [...files].reverse())]);
    expect(new Set(stored.map((paths) => paths["a.mjs"])).size).to.equal(1);
    expect(readdirSync(target)).to.have.length(1);
    expect(readFileSync(stored[0]?.["a.mjs"] ?? "", "utf8")).to.equal("a");
  });

  it("stores files with different names or contents in different folders", async () => {
    const target = join(folder, "out");
    for (const [name, text] of [
      ["a", "1"],
      ["a", "2"],
      ["b", "1"],
      ["a1", ""],
    ] as const)
      await store(target, [{ name, contents: Buffer.from(text) }]);
    expect(readdirSync(target)).to.have.length(4);
  });
});
