import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import { record, startRecorder } from "../../../local/record/record.ts";
import type { Recording } from "../../../local/recording.ts";

const fixture = (name: string) => fileURLToPath(new URL(`./fixture/${name}`, import.meta.url));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("the promise did not reject"),
    (error: Error) => error,
  );

describe("local / record", function () {
  this.timeout(300_000);
  let recording: Recording;
  const one = (type: string, name: string) =>
    recording.resources.find((resource) => resource.type === type && resource.name === name) ?? expect.fail(`no ${type} ${name}`);
  before(async () => {
    recording = await record({ root: fixture("sound") });
  });

  it("names resources as Pulumi does, with the same names on each run", async () => {
    const queue = one("aws:sqs/queue:Queue", "orders-queue");
    expect(queue.outputs.name).to.match(/^orders-queue-[0-9a-f]{7}$/);
    expect(queue.outputs.arn).to.equal(`arn:aws:sqs:sa-east-1:123456789012:${queue.outputs.name}`);
    expect(queue.outputs.url).to.equal(`https://sqs.sa-east-1.amazonaws.com/123456789012/${queue.outputs.name}`);
    expect(queue.outputs.id).to.equal(queue.outputs.url);
    expect(one("aws:sqs/queue:Queue", "named").outputs.name).to.equal("by-hand");
    expect(await record({ root: fixture("sound") })).to.deep.equal(recording);
  });

  it("records the same by a process that has loaded modules before, one that can't be loaded included", async () => {
    const components = fileURLToPath(new URL("../../../components/index.ts", import.meta.url));
    using recorder = startRecorder(components, join(import.meta.dirname, "missing.ts"));
    expect(await recorder.record({ root: fixture("sound") })).to.deep.equal(recording);
  });

  it("keeps what Node has compiled, for the next process", async () => {
    const cache = mkdtempSync(join(tmpdir(), "hub-"));
    const before = process.env.NODE_COMPILE_CACHE;
    process.env.NODE_COMPILE_CACHE = cache;
    const kept = () => readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
    try {
      expect(await record({ root: fixture("sound") })).to.deep.equal(recording);
      expect(kept()).to.be.greaterThan(100);
    } finally {
      if (before === undefined) delete process.env.NODE_COMPILE_CACHE;
      else process.env.NODE_COMPILE_CACHE = before;
      rmSync(cache, { recursive: true });
    }
  });

  describe("again by the same process", () => {
    const program = {
      "Pulumi.yaml": "name: again\nruntime: nodejs\nmain: index.mts\n",
      "Pulumi.dev.yaml": "config:\n  aws:region: us-east-1\n  again:limit: one\n",
      "index.mts": [
        'import { createRequire } from "node:module";',
        'import { first } from "./flows/first.mts";',
        'import { second } from "./flows/second.mts";',
        'const pulumi = createRequire(import.meta.url)("@pulumi/pulumi");',
        'export const all = [first, second, new pulumi.Config().get("limit")];',
      ].join("\n"),
      "flows/first.mts": 'import { shared } from "../events/shared.mts";\nexport const first = ["first", shared].join(" ");\n',
      "flows/second.mts": 'import { shared } from "../events/shared.mts";\nexport const second = ["second", shared].join(" ");\n',
      "events/shared.mts": 'export const shared = "a";\n',
    };
    let root: string;
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    };
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), "hub-"));
      symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(root, "node_modules"));
      for (const [file, text] of Object.entries(program)) write(file, text);
    });
    afterEach(() => rmSync(root, { recursive: true }));

    it("records the same", async () => {
      using recorder = startRecorder();
      for (let n = 0; n < 3; n += 1) expect(await recorder.record({ root: fixture("sound") })).to.deep.equal(recording);
    });

    it("records the same of several programs in turn, however many are asked for at once", async () => {
      using recorder = startRecorder();
      const other = await record({ root });
      const roots = [root, fixture("sound"), root, fixture("sound")];
      expect(await Promise.all(roots.map((one) => recorder.record({ root: one })))).to.deep.equal([
        ...[other, recording],
        ...[other, recording],
      ]);
      write("events/shared.mts", 'export const shared = "e";\n');
      expect((await recorder.record({ root })).outputs.all).to.deep.equal(["first e", "second e", "one"]);
    });

    it("lets the process that started it end while it waits", async () => {
      const module = fileURLToPath(new URL("../../../local/record/record.ts", import.meta.url));
      const record = `await startRecorder().record({ root: ${JSON.stringify(root)} })`;
      write(
        "ends.mts",
        `import { startRecorder } from ${JSON.stringify(module)};\nconsole.log((${record}).outputs.all.join());\n`,
      );
      const { status, stdout } = spawnSync(process.execPath, [join(root, "ends.mts")], { encoding: "utf8" });
      expect([status, stdout]).to.deep.equal([0, "first a,second a,one\n"]);
    });

    it("sees a file that two flows share, settings, and a new file, each as it is then", async () => {
      using recorder = startRecorder();
      const all = async () => (await recorder.record({ root })).outputs.all;
      expect(await all()).to.deep.equal(["first a", "second a", "one"]);
      write("events/shared.mts", 'export const shared = "b";\n');
      expect(await all()).to.deep.equal(["first b", "second b", "one"]);
      write("Pulumi.dev.yaml", program["Pulumi.dev.yaml"].replace("one", "two"));
      write("lib/other.mts", "export const shared = 2;\n");
      write("flows/second.mts", program["flows/second.mts"].replace("events/shared", "lib/other"));
      expect(await all()).to.deep.equal(["first b", "second 2", "two"]);
    });

    it("reports the place of an error without its address, and records the mended program", async () => {
      using recorder = startRecorder();
      const all = async () => (await recorder.record({ root })).outputs.all;
      await all();
      write("events/shared.mts", "export const shared = (() => {\n  throw new Error('no');\n})();\n");
      expect((await failure(all())).message).to.equal("The Pulumi program fails at events/shared.mts:2:9: no.");
      write("events/shared.mts", "export const = 1;\n");
      expect((await failure(all())).message).to.match(/^The Pulumi program fails at events\/shared\.mts:1: .+\.$/);
      // Longer than a failed program may go on.
      write("events/shared.mts", 'await new Promise((done) => setTimeout(done, 1_500));\nexport const shared = "c";\n');
      expect(await all()).to.deep.equal(["first c", "second c", "one"]);
    });

    it("records by another process after a program that goes on when it has failed, or that ends its process", async () => {
      using recorder = startRecorder();
      const all = async () => (await recorder.record({ root })).outputs.all;
      for (const last of ["setInterval(() => {}, 1_000);\nthrow new Error('no');", "process.exit(3);"]) {
        write("events/shared.mts", `export const shared = "d";\n${last}\n`);
        expect((await failure(all())).message).to.match(/no\.$|status 3/);
        write("events/shared.mts", program["events/shared.mts"]);
        expect(await all()).to.deep.equal(["first a", "second a", "one"]);
      }
    });
  });

  it("resolves inputs that are outputs of other resources", () => {
    const lambda = one("aws:lambda/function:Function", "orders-function");
    expect(lambda.inputs.role).to.equal(one("aws:iam/role:Role", "orders-role").outputs.arn);
    expect(lambda.inputs.environment).to.deep.equal({
      variables: { QUEUE: one("aws:sqs/queue:Queue", "orders-queue").outputs.url },
    });
    expect(lambda.outputs.invokeArn).to.equal(
      `arn:aws:apigateway:sa-east-1:lambda:path/2015-03-31/functions/${lambda.outputs.arn}/invocations`,
    );
  });

  it("records assets by path or text", () => {
    expect(one("aws:lambda/function:Function", "orders-function").inputs.code).to.deep.equal({
      assets: { "index.mjs": { text: "export const main = () => 1;" }, "other.mjs": { path: "index.ts" } },
    });
  });

  it("records components: inputs with secrets unwrapped, outputs, and the parent of each child", () => {
    const pair = one("fixture:index:Pair", "orders");
    expect(pair.inputs).to.deep.equal({ summary: "olá", token: "s3cret" });
    expect(pair.outputs.arn).to.equal(one("aws:sqs/queue:Queue", "orders-queue").outputs.arn);
    expect(one("aws:sqs/queue:Queue", "orders-queue").parent).to.equal(pair.urn);
  });

  it("answers the provider's functions, and reads the config of project and stack", () => {
    const { outputs } = recording;
    expect(outputs).to.include({ region: "sa-east-1", account: "123456789012", limit: 5, size: 3 });
    expect(recording).to.include({ project: "fixture", stack: "dev", region: "sa-east-1", accountId: "123456789012" });
  });

  it("serialises a closure, and loads nothing for that before there is one", () => {
    const { closure, loadedForClosures } = recording.outputs;
    expect(closure).to.include("return () => 41 + 1");
    expect(loadedForClosures).to.deep.equal([]);
  });

  it("reports each problem of an invalid declaration on its own line", async () => {
    const { name, message } = await failure(record({ root: fixture("broken") }));
    expect(name).to.equal("UserError");
    expect(message.split("\n")).to.have.length(2);
    expect(message).to.match(/^NAME, flow Broken_Name: .*\nRANGE, flow Broken_Name, step answer, memory: /);
  });

  it("reports the place of a syntax error in one sentence", async () => {
    const root = mkdtempSync(join(tmpdir(), "hub-"));
    const files = {
      "Pulumi.yaml": "name: broken\nruntime: nodejs\nmain: index.mts\n",
      "Pulumi.dev.yaml": "config:\n  aws:region: us-east-1\n",
      "index.mts": 'import "./part.mts";',
      "part.mts": "export const sound = 1;\nexport const = 2;\n",
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
    const { message } = await failure(record({ root }));
    expect(message).to.match(/^The Pulumi program fails at part\.mts:2\b.*: .+\.$/);
    expect(message).not.to.include("\n");
    rmSync(root, { recursive: true });
  });

  it("reports a stack without a file, and an encrypted value", async () => {
    expect((await failure(record({ root: fixture("sound"), stack: "nowhere" }))).message).to.match(
      /Pulumi\.nowhere\.yaml does not exist\. .+\.$/,
    );
    expect((await failure(record({ root: fixture("sound"), stack: "encrypted" }))).message).to.match(
      /has an encrypted value, fixture:password,/,
    );
  });
});
