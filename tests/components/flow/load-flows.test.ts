import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { loadFlows } from "../../../components/index.ts";
import { hubConfig } from "../hub-config.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

describe("loadFlows", () => {
  let folder: string;
  beforeEach(() => {
    // Inside the repository, for the flows import its model.
    mkdirSync(join(ROOT, ".build"), { recursive: true });
    folder = mkdtempSync(join(ROOT, ".build", "flows-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const flowFile = (name: string, more = "") => `
    import * as z from "zod";
    import { api, event, flow, step } from "../../model/index.ts";
    ${more}
    const Asked = event("Asked", z.object({ id: z.string() }));
    export default flow("${name}", {
      summary: "A flow.", owner: "tests",
      triggers: { ask: api("POST /${name}", { emits: Asked }) },
      steps: { answer: step({ on: Asked, emits: [], handler: () => [] }) },
    });`;
  const failure = async (config = hubConfig()): Promise<string> => {
    try {
      await loadFlows(folder, config);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("loads each file's flow, sorted by file, and leaves other files alone", async () => {
    write("b.ts", flowFile("beta"));
    write("a.ts", flowFile("alpha"));
    write("_shared.ts", "throw new Error();");
    write("notes.md", "no flow");
    expect((await loadFlows(folder, hubConfig())).map(({ name }) => name)).to.deep.equal(["alpha", "beta"]);
  });

  it("reports the problems of all files at once", async () => {
    write("a.ts", "export default 1;");
    write("b.ts", flowFile("Beta"));
    write("c.ts", flowFile("same"));
    write("d.ts", flowFile("same"));
    const problems = await failure();
    expect(problems).to.include(
      "SOURCE, flows/a.ts: its default export is no flow. Write `export default flow(…)`, or move the file out of flows/.",
    );
    expect(problems).to.include('NAME, flow Beta: "Beta" is not kebab-case');
    expect(problems).to.include("NAME, flow same: two flows share this name.");
  });

  it("reports triggers with tokens on a stack that names no issuer, and accepts them on one that does", async () => {
    const auth = 'api("POST /alpha", { emits: Asked, auth: jwtAuth() })';
    write(
      "a.ts",
      flowFile("alpha")
        .replace("import { api,", "import { jwtAuth, api,")
        .replace(/api\("POST[^)]*\)/, auth),
    );
    expect(await failure()).to.equal(
      "AUTH, flow alpha, trigger ask: its callers send a JWT, and the stack names no issuer. " +
        "Set hub:jwt in the stack's file, or use an API key.",
    );
    expect(await failure(hubConfig({ jwt: { issuer: "https://login.example.com", audience: "hub" } }))).to.equal("");
  });

  it("reports flows that can't be bundled before anything is deployed, all at once", async () => {
    write("helper.js", "");
    write("a.ts", flowFile("alpha", 'import * as pulumi from "@pulumi/pulumi"; export const x = pulumi.getStack;'));
    write("b.ts", flowFile("beta", 'import { DEFAULTS } from "../../components/parts/defaults.ts"; export const x = DEFAULTS;'));
    const problems = await failure();
    expect(problems).to.match(/BUNDLE, flow alpha \(\.build\/flows-\w+\/a\.ts\): it imports "@pulumi\/pulumi"/);
    expect(problems).to.match(
      /BUNDLE, flow beta \(\.build\/flows-\w+\/b\.ts\): it imports "\.\.\/\.\.\/components\/parts\/defaults\.ts" of components\//,
    );
  });
});
