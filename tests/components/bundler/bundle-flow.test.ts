import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { bundleFlow } from "../../../components/bundler/bundle-flow.ts";
import { bundleHub, bundleRuntime } from "../../../components/bundler/bundle-runtime.ts";
import { store } from "../../../components/bundler/store.ts";
import orderToErp from "../../../flows/order-to-erp.ts";
import paymentNotifications from "../../../flows/payment-notifications.ts";
import type { Flow } from "../../../model/index.ts";
import partner from "../samples/partner.ts";
import { CACHE, flowFile, ROOT, type Workplace, workplace } from "./workplace.ts";

const run = promisify(execFile);

describe("bundler / a flow's code", () => {
  let place: Workplace;
  beforeEach(() => {
    place = workplace();
  });
  afterEach(() => place.remove());

  it("has a handler for each step, made of the flow object and the validators", async () => {
    const code = await place.serve(orderToErp);
    expect(Object.keys(code)).to.have.members(["step_validate", "step_applyRules", "step_enrich", "step_register"]);
    expect(code.step_register?.name).to.equal("register");
    expect(code.step_register?.flow.name).to.equal("order-to-erp");
    expect(code.step_register?.flow.steps.register?.handler).to.be.a("function");
  });

  it("keeps the flow's own names apart from those of its entry, of esbuild and of code that generators write", async () => {
    const names = [
      "module",
      "validators",
      "serveStep",
      "validatorsOf",
      "exports",
      "require",
      "__export",
      "validate20",
      "schema21",
    ];
    place.write(
      "a.ts",
      flowFile({ before: names.map((name, n) => `const ${name} = ${n};`).join("\n"), body: `void [${names}]` }).replace(
        "answer: step(",
        `${["flow", "module", "validators", "serveStep", "default", "then", "class"].map((name) => `${name}: step({ on: Asked, emits: [], handler: () => [] }),`).join("\n")}\nanswer: step(`,
      ),
    );
    const code = await place.serve((await place.load("a.ts")) as Flow);
    const steps = ["flow", "module", "validators", "serveStep", "default", "then", "class", "answer"];
    expect(Object.keys(code)).to.have.members(steps.map((name) => `step_${name}`));
    for (const name of steps) expect(code[`step_${name}`]?.name).to.equal(name);
  });

  it("has a handler for each webhook, and none for API triggers", async () => {
    const code = await place.serve(paymentNotifications);
    expect(Object.keys(code)).to.have.members(["step_record", "step_notifyErp", "trigger_stripe"]);
  });

  it("runs with the real runtime", async () => {
    const files = [
      ...(await bundleFlow({ flow: paymentNotifications, source: paymentNotifications, root: ROOT })),
      ...(await bundleRuntime(ROOT, paymentNotifications, CACHE)),
    ];
    const { "index.mjs": index } = await store(join(place.folder, "out"), files);
    const code = (await import(index ?? "")) as Record<string, unknown>;
    expect(Object.values(code).map((handler) => typeof handler)).to.deep.equal(["function", "function", "function"]);
  });

  describe("its runtime", () => {
    const textOf = (files: readonly { readonly name: string; readonly contents: Uint8Array }[], name: string) =>
      Buffer.from(files.find((file) => file.name === name)?.contents ?? []).toString();
    /** Exports of the runtime, and what of it the flow does without: a text of the clients' module, and one of jose's. */
    async function runtimeOf(flow: Flow) {
      const files = await bundleRuntime(ROOT, flow, CACHE);
      const text = textOf(files, "runtime.mjs");
      const exports = [...(/export\{([^}]*)\}/.exec(text)?.[1] ?? "").matchAll(/as (\w+)/g)].map(([, name]) => name);
      return {
        names: files.map(({ name }) => name),
        exports,
        calls: text.includes("BreakerOpen:1"),
        jose: text.includes("JOSE"),
      };
    }
    const flowOf = async (name: string, text: string) => {
      place.write(name, text);
      return (await place.load(name)) as Flow;
    };

    it("has no code for kinds of functions, calls and signatures that the flow has none of", async () => {
      expect(await runtimeOf(await flowOf("a.ts", flowFile({ body: "" })))).to.deep.equal({
        names: ["runtime.mjs", "traces.mjs"],
        exports: ["serveStep", "validatorsOf"],
        calls: false,
        jose: false,
      });
    });

    it("has what serves the flow's triggers, and calls its third parties", async () => {
      const { exports, calls, jose } = await runtimeOf(paymentNotifications);
      expect({ exports, calls, jose }).to.deep.equal({
        exports: ["serveStep", "serveWebhook", "validatorsOf"],
        calls: true,
        jose: false,
      });
    });

    it("has what signs JWTs beside it, where a third party takes them", async () => {
      const adapter = `const erp = adapter("erp", { baseUrl: "https://erp.example.com", auth: oauth2ClientCredentials({
        secret: "erp", tokenUrl: "/token", clientAuth: "private_key_jwt" }), operations: { ping: call("GET /ping", { returns: z.object({}) }) } });`;
      const flow = await flowOf(
        "b.ts",
        flowFile({
          imports: 'import { adapter, call, oauth2ClientCredentials } from "../../model/index.ts";',
          before: adapter,
        }).replace("emits: []", "uses: { erp }, emits: []"),
      );
      const { names, jose } = await runtimeOf(flow);
      expect({ names, jose }).to.deep.equal({ names: ["runtime.mjs", "traces.mjs", "jwt.mjs"], jose: false });
      const { "jwt.mjs": signing } = await store(join(place.folder, "out"), await bundleRuntime(ROOT, flow, CACHE));
      expect(Object.keys((await import(signing ?? "")) as object)).to.deep.equal(["signedJwt"]);
    });
  });

  it("imports nothing at run time but its runtime and Node's own modules", async () => {
    const [index] = await bundleFlow({ flow: orderToErp, source: orderToErp, root: ROOT }).then((files) =>
      files.filter(({ name }) => name === "index.mjs"),
    );
    const text = Buffer.from(index?.contents ?? []).toString();
    const imports = [...text.matchAll(/(?:from|import)\s*"([^"]+)"/g)].map(([, path]) => path);
    expect(imports).to.include("./runtime.mjs");
    expect(imports.filter((path) => path !== "./runtime.mjs" && !path?.startsWith("node:"))).to.deep.equal([]);
  });

  it("bakes in the parameters of a flow that is a function", async () => {
    const params = { partner: "acme", limit: 3 };
    const code = await place.serve(partner(params), partner, params);
    expect(code.step_check?.flow.name).to.equal("orders-acme");
    const handler = code.step_check?.flow.steps.check?.handler as (input: { id: string }) => unknown;
    expect(() => handler({ id: "1234" })).to.throw("acme sent an id of more than 3 characters");
  });

  it("lets CommonJS packages require Node's modules", async () => {
    place.write("old.cjs", 'exports.name = require("node:path").basename("/a/b");');
    place.write("a.ts", flowFile({ imports: 'import old from "./old.cjs";', body: "return old.name" }));
    const code = await place.serve((await place.load("a.ts")) as Flow);
    const handler = code.step_answer?.flow.steps.answer?.handler as (input: object) => unknown;
    expect(handler({})).to.equal("b");
  });

  it("gets Node's modules without reading each of their exports, however they are imported", async () => {
    const imports = `import path, { join } from "node:path"; import * as os from "os"; import { setTimeout as wait } from "node:timers/promises";`;
    const body = `void wait; return import("node:http").then((http) => [path.sep, join("a", "b"), os.EOL, typeof http.request, typeof http.default.request]);`;
    place.write("a.ts", flowFile({ imports, body }));
    const flow = (await place.load("a.ts")) as Flow;
    const code = await place.serve(flow);
    const handler = code.step_answer?.flow.steps.answer?.handler as (input: object) => Promise<unknown>;
    expect(await handler({})).to.deep.equal(["/", "a/b", "\n", "function", "function"]);
    for (const files of [
      await bundleFlow({ flow, source: flow, root: ROOT }),
      await bundleRuntime(ROOT, flow, CACHE),
      await bundleHub(ROOT, CACHE),
    ])
      for (const { name, contents } of files.filter((file) => file.name.endsWith(".mjs"))) {
        const imported = [
          ...Buffer.from(contents)
            .toString()
            .matchAll(/(?:from|import|import\()\s*"(node:[^"]+|[a-z_]+)"/g),
        ];
        expect(
          imported.map(([, module]) => module).filter((module) => module !== "node:module"),
          name,
        ).to.deep.equal([]);
      }
  });

  it("takes an ES module that creates its own require, beside a CommonJS package that needs one", async () => {
    place.write("old.cjs", 'exports.name = require("node:path").basename("/a/b");');
    place.write(
      "own.mjs",
      'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); export const own = require("node:path").basename("/c/d");',
    );
    place.write(
      "a.ts",
      flowFile({ imports: 'import old from "./old.cjs"; import { own } from "./own.mjs";', body: "return old.name + own" }),
    );
    const code = await place.serve((await place.load("a.ts")) as Flow);
    const handler = code.step_answer?.flow.steps.answer?.handler as (input: object) => unknown;
    expect(handler({})).to.equal("bd");
  });

  /** Stack trace of what the step of a.ts throws, as Node prints it in a function. */
  async function traceOf(): Promise<string> {
    const flow = (await place.load("a.ts")) as Flow;
    const runtime = `export const serveStep = (flow, step) => flow.steps[step].handler; export const serveWebhook = serveStep;
      export const validatorsOf = () => ({});`;
    const out = await store(join(place.folder, "thrown"), [
      ...(await bundleFlow({ flow, source: flow, root: ROOT })),
      { name: "runtime.mjs", contents: Buffer.from(runtime) },
    ]);
    writeFileSync(
      join(place.folder, "run.mjs"),
      `import { step_answer } from ${JSON.stringify(out["index.mjs"])}; try { step_answer({ id: "1" }); } catch (error) { console.log(error.stack); }`,
    );
    return (await run(process.execPath, ["--enable-source-maps", join(place.folder, "run.mjs")])).stdout;
  }
  /** Line of the step's body in a.ts. */
  const lineOfBody = flowFile({ body: "XX" })
    .slice(0, flowFile({ body: "XX" }).indexOf("XX"))
    .split("\n").length;

  it("shows where in the flow file an error was thrown", async () => {
    place.write("a.ts", flowFile({ body: 'if (id !== "") throw new Error("thrown here")' }));
    expect(await traceOf()).to.match(new RegExp(`/a\\.ts:${lineOfBody}:\\d+`));
  });

  it("shows where in the flow file a package was called that throws, and gives no line of the flow to the package", async () => {
    place.write("node_modules/parser/package.json", JSON.stringify({ name: "parser", version: "1.0.0", main: "index.js" }));
    place.write("node_modules/parser/index.js", 'exports.parse = function parse() { throw new Error("no number"); };');
    place.write("a.ts", flowFile({ before: 'import { parse } from "parser";', body: "parse(id)" }));
    const [, inPackage = "", inFlow = ""] = (await traceOf()).split("\n");
    expect(inPackage).to.match(/parse.*index\.mjs:1:\d+\)?$/);
    expect(inFlow).to.match(new RegExp(`/a\\.ts:${lineOfBody}:\\d+\\)?$`));
  });

  it("has a source map of the author's places alone, none of packages and the runtime: Node reads it at each cold start", async () => {
    const files = [
      ...(await bundleFlow({ flow: orderToErp, source: orderToErp, root: ROOT })),
      ...(await bundleRuntime(ROOT, orderToErp, CACHE)),
    ];
    expect(files.map(({ name }) => name).sort()).to.deep.equal(["index.mjs", "index.mjs.map", "runtime.mjs", "traces.mjs"]);
    const textOf = (name: string) => Buffer.from(files.find((file) => file.name === name)?.contents ?? []).toString();
    const map = JSON.parse(textOf("index.mjs.map"));
    expect(map).not.to.have.property("sourcesContent");
    expect(map.sources).to.include("flows/order-to-erp.ts");
    expect(map.sources.filter((source: string) => source.includes("node_modules"))).to.deep.equal([]);
    expect(textOf("index.mjs")).to.include("sourceMappingURL=index.mjs.map");
    expect(textOf("runtime.mjs")).not.to.include("sourceMappingURL");
  });

  it("carries credentials of the environment, and no provider for other machines", async () => {
    for (const files of [await bundleRuntime(ROOT, orderToErp, CACHE), await bundleHub(ROOT, CACHE)]) {
      const text = files.map(({ contents }) => Buffer.from(contents).toString()).join();
      expect(text).to.include("The environment has no AWS_ACCESS_KEY_ID");
      for (const other of ["AssumeRoleWithWebIdentity", "sso_session", "credential_process", "source_profile"])
        expect(text).not.to.include(other);
    }
  });

  it("has a source map whose sources are relative to the repository, and no path of this machine", async () => {
    const files = await bundleFlow({ flow: orderToErp, source: orderToErp, root: ROOT });
    const map = JSON.parse(Buffer.from(files.find(({ name }) => name === "index.mjs.map")?.contents ?? []).toString()) as {
      sources: string[];
    };
    expect(map.sources).to.include.members(["flows/order-to-erp.ts", "third-parties/erp.ts", "model/event.ts"]);
    expect(map.sources.filter((source) => /^(\/|\.\.|file:)/.test(source))).to.deep.equal([]);
    for (const { name, contents } of files) expect(Buffer.from(contents).includes(ROOT), name).to.equal(false);
  });
});
