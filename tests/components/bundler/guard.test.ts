import { relative } from "node:path";
import { expect } from "chai";
import { afterEach, before, beforeEach, describe, it } from "mocha";
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
  const unread = (file: string, { folder } = place): Flow => ({
    kind: "flow",
    name: "asking",
    summary: "",
    owner: "",
    source: `file://${folder}/${file}`,
    triggers: {},
    imports: [],
    steps: {},
  });

  describe("of one flow, all at once", () => {
    let problems: readonly string[];
    before(async () => {
      const flawed = workplace();
      flawed.write("lib/b.ts", 'import { c } from "./c.ts"; export const b = () => c;');
      flawed.write("lib/c.ts", 'import * as pulumi from "@pulumi/pulumi"; export const c = pulumi.getStack();');
      flawed.write("fast.node", "");
      const modules = [
        "./lib/b.ts",
        "../../components/parts/defaults.ts",
        "../../emulator/clock.ts",
        "./fast.node",
        "@no/such-package/deep",
        "./gone.ts",
      ];
      const imports = modules.map((module, n) => `import * as m${n} from ${JSON.stringify(module)};`).join(" ");
      flawed.write("a.ts", flowFile({ imports, body: `console.log(${modules.map((_, n) => `m${n}`).join()})` }));
      problems = (await problemsOf(unread("a.ts", flawed))).replaceAll(relative(ROOT, flawed.folder), "<folder>").split("\n");
      flawed.remove();
    });

    it("are those that follow, and no others", () => expect(problems).to.have.length(6));

    it("name the flow's file, the import of Pulumi, and the chain that leads there", () =>
      expect(problems).to.include(
        `BUNDLE, flow asking (<folder>/a.ts): it imports "@pulumi/pulumi", which only runs while the hub is deployed (<folder>/a.ts -> <folder>/lib/b.ts -> <folder>/lib/c.ts). ` +
          "Keep Pulumi out of the modules that handlers use.",
      ));

    for (const file of ["components/parts/defaults.ts", "emulator/clock.ts"]) {
      const [folder] = file.split("/");
      it(`name ${file}`, () =>
        expect(problems).to.include(
          `BUNDLE, flow asking (<folder>/a.ts): it imports "../../${file}" of ${folder}/, which does not run in a Lambda function (<folder>/a.ts). ` +
            "Move what both need into a module of its own, in events/ or beside the flow.",
        ));
    }

    it("name native modules", () =>
      expect(problems).to.include(
        `BUNDLE, flow asking (<folder>/a.ts): it imports "./fast.node", a native module that is built for this machine and not for Lambda (<folder>/a.ts). Use a package without native code.`,
      ));

    it("name a package that is missing, and how to get it", () =>
      expect(problems).to.include(
        `BUNDLE, flow asking (<folder>/a.ts): it imports "@no/such-package/deep", which is not there (<folder>/a.ts). Mend the path, or install the package (npm install @no/such-package).`,
      ));

    it("name a file that is missing", () =>
      expect(problems).to.include(
        `BUNDLE, flow asking (<folder>/a.ts): it imports "./gone.ts", which is not there (<folder>/a.ts). Mend the path.`,
      ));
  });

  it("lets a package do without another that it only tries to require", async () => {
    place.write(
      "optional.cjs",
      'let found = "none"; try { found = require("no-such-package"); } catch {} module.exports = found;',
    );
    place.write("a.ts", flowFile({ imports: 'import x from "./optional.cjs";', body: "console.log(x)" }));
    expect(await problemsOf((await place.load("a.ts")) as Flow)).to.equal("");
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
