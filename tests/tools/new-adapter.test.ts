import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import * as z from "zod";
import { type AnyAdapter, api, checkFlow, event, flow, step } from "../../model/index.ts";
import { newAdapter } from "../../tools/new-adapter/new-adapter.ts";
import { NewFileError } from "../../tools/new-flow/write-files.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");

describe("hub adapter new", () => {
  let root: string;
  beforeEach(() => {
    // The files import ../model and ../../testing: one folder below the repository, they find what is linked there.
    mkdirSync(join(REPOSITORY, ".build"), { recursive: true });
    root = mkdtempSync(join(REPOSITORY, ".build", "new-adapter-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("writes an adapter that the hub takes, and a test that passes", async function () {
    this.timeout(300_000);
    expect(await newAdapter("price-list-2", root)).to.include("npm test -- tests/third-parties/price-list-2.test.ts");
    for (const file of ["third-parties/price-list-2.ts", "tests/third-parties/price-list-2.test.ts"])
      expect(readFileSync(join(root, file), "utf8")).not.to.match(/adapter-?name/i);
    await promisify(execFile)("ln", ["-s", join(REPOSITORY, "model"), join(REPOSITORY, "testing"), root]);
    const file = pathToFileURL(join(root, "third-parties/price-list-2.ts")).href;
    const { priceList2 } = (await import(file)) as { readonly priceList2: AnyAdapter };
    expect(priceList2.name).to.equal("price-list-2");
    const Asked = event("Asked", z.object({}));
    const caller = flow("caller", {
      ...{ summary: "s", owner: "o", triggers: { asked: api("POST /asked", { emits: Asked }) } },
      steps: { ask: step({ on: Asked, emits: [], uses: { priceList2 }, handler: () => [] }) },
    });
    expect([...checkFlow(caller)]).to.deep.equal([]);
    const mocha = join(REPOSITORY, "node_modules/mocha/bin/mocha.js");
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", mocha, "--no-config", "--timeout", "60000", "tests/third-parties/*.test.ts"],
      { cwd: root },
    );
    expect(stdout).to.include("2 passing");
  });

  it("refuses names that no adapter can have, words that the code uses, and files that exist", async () => {
    const failure = async (name: string) => {
      const error: unknown = await newAdapter(name, root).then(
        () => expect.fail(`${name} was written`),
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(NewFileError);
      return (error as Error).message;
    };
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
