import { relative } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { bundleFlow } from "../../../components/bundler/bundle-flow.ts";
import { type Flow, flow } from "../../../model/index.ts";
import partner from "../samples/partner.ts";
import { flowFile, ROOT, type Workplace, workplace } from "./workplace.ts";

describe("bundler / refusals", () => {
  let place: Workplace;
  let at: string;
  beforeEach(() => {
    place = workplace();
    at = relative(ROOT, place.folder);
  });
  afterEach(() => place.remove());

  const problemsOf = async (made: Flow, source: unknown = made, params?: unknown): Promise<string> => {
    try {
      await bundleFlow({ flow: made, source, params, root: ROOT });
      return "";
    } catch (error) {
      expect((error as Error).name).to.equal("BundleError");
      return (error as Error).message;
    }
  };
  /** A flow whose module is never loaded here: only the bundler reads it. */
  const unread = (file: string): Flow => ({
    kind: "flow",
    name: "asking",
    summary: "",
    owner: "",
    source: `file://${place.folder}/${file}`,
    triggers: {},
    imports: [],
    steps: {},
  });

  it("names the flow's file, the import of Pulumi, and the chain that leads there", async () => {
    place.write("a.ts", flowFile({ imports: 'import { b } from "./lib/b.ts";', body: "b()" }));
    place.write("lib/b.ts", 'import { c } from "./c.ts"; export const b = () => c;');
    place.write("lib/c.ts", 'import * as pulumi from "@pulumi/pulumi"; export const c = pulumi.getStack();');
    expect(await problemsOf(unread("a.ts"))).to.equal(
      `BUNDLE, flow asking (${at}/a.ts): it imports "@pulumi/pulumi", which only runs while the hub is deployed (${at}/a.ts -> ${at}/lib/b.ts -> ${at}/lib/c.ts). ` +
        "Keep Pulumi out of the modules that handlers use.",
    );
  });

  for (const folder of ["components/parts/defaults.ts", "emulator/clock.ts"]) {
    it(`refuses ${folder}`, async () => {
      place.write("a.ts", flowFile({ imports: `import * as other from "../../${folder}";`, body: "console.log(other)" }));
      const [name] = folder.split("/");
      expect(await problemsOf(unread("a.ts"))).to.equal(
        `BUNDLE, flow asking (${at}/a.ts): it imports "../../${folder}" of ${name}/, which does not run in a Lambda function (${at}/a.ts). ` +
          "Move what both need into a module of its own, in events/ or beside the flow.",
      );
    });
  }

  it("refuses native modules", async () => {
    place.write("fast.node", "");
    place.write("a.ts", flowFile({ imports: 'import fast from "./fast.node";', body: "fast()" }));
    expect(await problemsOf(unread("a.ts"))).to.include(
      `it imports "./fast.node", a native module that is built for this machine and not for Lambda (${at}/a.ts). Use a package without native code.`,
    );
  });

  it("names a package that is missing, and how to get it", async () => {
    place.write("a.ts", flowFile({ imports: 'import x from "@no/such-package/deep";', body: "x()" }));
    expect(await problemsOf(unread("a.ts"))).to.equal(
      `BUNDLE, flow asking (${at}/a.ts): it imports "@no/such-package/deep", which is not there (${at}/a.ts). Mend the path, or install the package (npm install @no/such-package).`,
    );
  });

  it("names a file that is missing", async () => {
    place.write("a.ts", flowFile({ imports: 'import x from "./gone.ts";', body: "x()" }));
    expect(await problemsOf(unread("a.ts"))).to.equal(
      `BUNDLE, flow asking (${at}/a.ts): it imports "./gone.ts", which is not there (${at}/a.ts). Mend the path.`,
    );
  });

  it("lets a package do without another that it only tries to require", async () => {
    place.write(
      "optional.cjs",
      'let found = "none"; try { found = require("no-such-package"); } catch {} module.exports = found;',
    );
    place.write("a.ts", flowFile({ imports: 'import x from "./optional.cjs";', body: "console.log(x)" }));
    expect(await problemsOf((await place.load("a.ts")) as Flow)).to.equal("");
  });

  it("reports all problems at once", async () => {
    place.write("a.ts", flowFile({ imports: 'import x from "./gone.ts"; import y from "gone-package";', body: "x(y)" }));
    expect((await problemsOf(unread("a.ts"))).split("\n")).to.have.length(2);
  });

  it("reports the line of a syntax error", async () => {
    place.write("a.ts", "export default flow(;\n");
    expect(await problemsOf(unread("a.ts"))).to.equal(
      `BUNDLE, flow asking (${at}/a.ts): Unexpected ";" (${at}/a.ts:1:21). Mend that line.`,
    );
  });

  it("lets a Node module through, and a type of anything", async () => {
    place.write(
      "a.ts",
      flowFile({
        imports: 'import { createHash } from "node:crypto"; import type { HubConfig } from "../../components/index.ts";',
        body: 'createHash("sha256"); const c: HubConfig | undefined = undefined; void c',
      }),
    );
    const made = (await place.load("a.ts")) as Flow;
    expect(await problemsOf(made)).to.equal("");
  });

  it("refuses a flow that is not its module's default export", async () => {
    place.write("a.ts", flowFile());
    const made = (await place.load("a.ts")) as Flow;
    const other = flow("asking", { summary: "", owner: "", source: made.source, steps: made.steps }) as Flow;
    expect(await problemsOf(other)).to.equal(
      `BUNDLE, flow asking (${at}/a.ts): it is not the default export of that module, so its handlers can't be found there. ` +
        "Write `export default flow(…)` in a file of its own, or export a function of parameters that makes it; a flow made elsewhere sets `source`.",
    );
  });

  it("refuses a flow whose module has no default export", async () => {
    place.write("a.ts", flowFile({ end: "export const named =" }));
    expect(await problemsOf(unread("a.ts"))).to.include(
      "its handlers can't be found there; the module has none. Write `export default flow(…)`",
    );
  });

  it("refuses parameters that JSON can't carry", async () => {
    const params = { partner: "acme", limit: Number.POSITIVE_INFINITY };
    expect(await problemsOf(partner(params), partner, params)).to.equal(
      "BUNDLE, flow orders-acme (tests/components/samples/partner.ts): its params are not plain JSON, and the bundle can't carry anything else. " +
        "Hand over strings, numbers, booleans, null, lists and objects of these.",
    );
  });
});
