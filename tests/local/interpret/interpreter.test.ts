import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import type { Denial } from "../../../emulator/aws.ts";
import { type LocalHub, startHub } from "../../../local/hub.ts";
import type { RecordedResource, Recording } from "../../../local/recording.ts";
import { record } from "../../e2e/recorder.ts";
import { until } from "../../emulator/lambda/support.ts";

const root = fileURLToPath(new URL("./fixture", import.meta.url));

describe("local / interpret", function () {
  this.timeout(300_000);
  const data = mkdtempSync(join(tmpdir(), "hub-"));
  let recording: Recording;
  let hub: LocalHub;
  const problems: string[] = [];
  const denials: Denial[] = [];
  before(async () => {
    recording = await record({ root });
    hub = await startHub({
      root,
      data,
      recording,
      onProblem: (problem) => problems.push(problem),
      onDenied: (denial) => denials.push(denial),
    });
  });
  beforeEach(async () => {
    await hub.apply(recording);
    problems.length = 0;
    denials.length = 0;
  });
  after(async () => {
    await hub?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  const post = async (id: string, key = hub.apiKeys[0] ?? "") => {
    const { status } = await fetch(`${hub.url}/things`, {
      method: "POST",
      headers: { "x-api-key": key, "content-type": "application/json" },
      body: JSON.stringify({ id }),
    });
    return status;
  };
  const item = async (id: string) => {
    const table = recording.resources.find(({ type }) => type === "aws:dynamodb/table:Table")?.outputs.name;
    const { Items } = await hub.services.tables.administer("Scan", { TableName: table });
    return (Items as Record<string, { S: string }>[]).find((found) => found.id?.S === id);
  };
  /** Waits for an item that the function writes. */
  const kept = async (id: string) => {
    const end = Date.now() + 15_000;
    for (let found = await item(id); ; found = await item(id)) {
      if (found) return found;
      if (Date.now() > end) throw new Error(`${id} was not written. ${problems.join(" ")} ${JSON.stringify(denials)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const without = (matches: (resource: RecordedResource) => boolean): Recording => ({
    ...recording,
    resources: recording.resources.filter((resource) => !matches(resource)),
  });
  const with_ = (name: string, change: (resource: RecordedResource) => RecordedResource): Recording => ({
    ...recording,
    resources: recording.resources.map((resource) => (resource.name === name ? change(resource) : resource)),
  });

  it("passes a request from the gateway through bus, rule, queue and function to the table", async () => {
    expect(await post("one")).to.equal(202);
    const { by, urls } = await kept("one");
    expect(by?.S).to.match(/^keep-[0-9a-f]{7}$/);
    expect(urls?.S, "the URL of the queue has the local endpoint").to.match(
      new RegExp(`^${hub.services.endpoint}/123456789012/queue-[0-9a-f]{7}$`),
    );
  });

  it("writes the items that the program declares", async () =>
    expect(await item("first")).to.deep.include({ from: { S: "program" } }));

  it("points third parties' URLs at the sandbox", () => {
    const { environment } =
      hub.services.functions.spec(String(recording.resources.find(({ name }) => name === "keep")?.outputs.arn)) ?? {};
    expect(JSON.parse(environment?.HUB_THIRD_PARTIES ?? "")).to.deep.equal({
      erp: { baseUrl: `${hub.sandboxUrl}/erp/api/v2`, tokenUrl: `${hub.sandboxUrl}/erp/token` },
    });
  });

  it("refuses a request with a wrong key", async () => expect(await post("two", "wrong")).to.equal(403));

  it("lists resources without effect, with the reasons", () => {
    expect(hub.applied.noEffect.map(({ resource }) => resource.name)).to.have.members(["unseen", "deployment"]);
    for (const { reason } of hub.applied.noEffect) expect(reason).to.be.a("string").that.is.not.empty;
  });

  it("refuses an unknown kind by name, and changes nothing", async () => {
    const unknown = {
      urn: "urn:x",
      type: "aws:kinesis/stream:Stream",
      custom: true,
      name: "stream",
      parent: undefined,
      inputs: {},
      outputs: {},
    };
    const error = await hub.apply({ ...recording, resources: [...recording.resources, unknown] }).catch((error: Error) => error);
    expect(error).to.be.an("error").with.property("name", "UserError");
    expect((error as Error).message).to.match(/does not know the resource kind aws:kinesis\/stream:Stream \(stream\)\. /);
    expect(await post("three")).to.equal(202);
    await kept("three");
  });

  it("applies only differences", async () => {
    expect((await hub.apply(recording)).put).to.deep.equal([]);
    const renamed = with_("keep", (keep) => ({ ...keep, inputs: { ...keep.inputs, timeout: 11 } }));
    expect((await hub.apply(renamed)).put.map(({ name }) => name)).to.deep.equal(["keep"]);
    expect(await post("four")).to.equal(202);
    await kept("four");
  });

  it("returns to the last recording when a resource fails", async () => {
    const inputs = (resource: RecordedResource, changed: Record<string, unknown>) => ({
      ...resource,
      inputs: { ...resource.inputs, ...changed },
    });
    const broken = with_("keep", (keep) => inputs(keep, { timeout: 9 }));
    const resources = broken.resources.map((resource) =>
      resource.name === "target" ? inputs(resource, { retryPolicy: { maximumRetryAttempts: 999 } }) : resource,
    );
    const error = await hub.apply({ ...broken, resources }).catch((error: Error) => error);
    expect((error as Error).message).to.match(/maximumRetryAttempts is 999\. /);
    expect(hub.recording).to.equal(recording);
    expect((await hub.apply(recording)).put, "nothing is left to change").to.deep.equal([]);
    expect(await post("eight")).to.equal(202);
    await kept("eight");
  });

  it("removes a rule, and makes it again", async () => {
    const { removed } = await hub.apply(without(({ name }) => name === "rule" || name === "target"));
    expect(removed.map(({ name }) => name)).to.deep.equal(["target", "rule"]);
    expect(await post("five")).to.equal(202);
    await hub.apply(recording);
    expect(await post("six")).to.equal(202);
    await kept("six");
    expect(await item("five"), "no rule matched it").to.equal(undefined);
  });

  describe("an item of a table", () => {
    const inputs = (id: string) => {
      const text = JSON.stringify({ id: { S: id }, from: { S: "program" } });
      return (resource: RecordedResource): RecordedResource => ({
        ...resource,
        inputs: { ...resource.inputs, item: text },
        outputs: { ...resource.outputs, item: text },
      });
    };
    const retained = (resource: RecordedResource): RecordedResource => ({
      ...resource,
      options: { protect: false, aliases: [], propertyDependencies: {}, ...resource.options, retainOnDelete: true },
    });
    const exists = async (id: string) => (await item(id)) !== undefined;

    it("goes with its resource", async () => {
      await hub.apply(without(({ name }) => name === "first"));
      expect(await exists("first")).to.equal(false);
    });

    it("gives way to the one with another key", async () => {
      await hub.apply(with_("first", inputs("renamed")));
      expect([await exists("first"), await exists("renamed")]).to.deep.equal([false, true]);
      await hub.apply(recording);
      expect([await exists("first"), await exists("renamed")]).to.deep.equal([true, false]);
    });

    it("stays where the resource was renamed and the key was not", async () => {
      await hub.apply(with_("first", (resource) => ({ ...resource, urn: `${resource.urn}-renamed`, name: "renamed" })));
      expect(await exists("first")).to.equal(true);
    });

    it("stays where it is to be retained", async () => {
      const kept = with_("first", (resource) => retained(inputs("retained")(resource)));
      await hub.apply(kept);
      await hub.apply(recording);
      expect([await exists("first"), await exists("retained")]).to.deep.equal([true, true]);
    });

    it("goes where the program dropped it while the hub was stopped", async () => {
      const folder = mkdtempSync(join(tmpdir(), "hub-"));
      const start = (next: Recording) => startHub({ root, data: folder, recording: next });
      const found = async ({ services }: LocalHub) => {
        const table = recording.resources.find(({ type }) => type === "aws:dynamodb/table:Table")?.outputs.name;
        const { Items } = await services.tables.administer("Scan", { TableName: table });
        return (Items as { id: { S: string } }[]).map(({ id }) => id.S);
      };
      try {
        const before = await start(recording);
        expect(await found(before)).to.deep.equal(["first"]);
        await before.stop();
        const after = await start(with_("first", inputs("second")));
        const left = await found(after);
        await after.stop();
        expect(left).to.deep.equal(["second"]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });

  it("enforces each statement of the role: a call without its statement fails", async () => {
    const policy = recording.resources.find(({ name }) => name === "policy");
    const { Statement } = JSON.parse(String(policy?.inputs.policy)) as { Statement: { Action: string[] }[] };
    for (const statement of Statement.filter(({ Action }) => !Action[0]?.startsWith("logs:"))) {
      const less = JSON.stringify({ Version: "2012-10-17", Statement: Statement.filter((other) => other !== statement) });
      await hub.apply(
        with_("policy", (resource) => ({
          ...resource,
          inputs: { ...resource.inputs, policy: less },
          outputs: { ...resource.outputs, policy: less },
        })),
      );
      denials.length = 0;
      const id = `lacks ${statement.Action[0]}`;
      await post(id);
      await until(() => denials.some(({ action }) => statement.Action.includes(action)), `${statement.Action[0]} is denied`);
      expect(await item(id)).to.equal(undefined);
    }
  });

  it("delivers nothing to a queue whose policy denies the rule", async () => {
    const closed = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "sqs:SendMessage", Resource: "*" }],
    });
    await hub.apply(with_("queue-policy", (resource) => ({ ...resource, outputs: { ...resource.outputs, policy: closed } })));
    await post("seven");
    await until(() => problems.length > 0, "the problem is reported");
    expect(problems[0]).to.match(/^Event Thing was not delivered to arn:aws:sqs:.* and is lost: NO_PERMISSIONS, /);
  });
});
