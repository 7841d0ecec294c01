import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { LocalHub } from "../../local/hub.ts";
import { type Client, eventually } from "./client.ts";
import { type Operator, operatorOf } from "./operator.ts";
import { hubHere, runCli, someOrder } from "./support.ts";
import { reachesTraced } from "./trace-facts.ts";

const REFUSAL = { target: "erp", operation: "registerOrder", mode: "error", status: 422 };
const twice = { sku: "coffee", quantity: 1, unitCents: 100 };

describe("end to end / dead letters", function () {
  this.timeout(300_000);
  let hub: LocalHub;
  let client: Client;
  let ops: Operator;
  let stop: () => Promise<void>;
  before(async () => {
    ({ hub, client, stop } = await hubHere({ speed: 20 }));
    ops = operatorOf(hub);
  });
  after(() => stop?.());

  /** Runs the CLI. */
  const cli = (...args: string[]) => runCli(args, { ...process.env, HUB_URL: hub.url, HUB_API_KEY: ops.apiKey });
  const refusedOrder = async () => {
    await client.fault({ ...REFUSAL, times: 1 });
    const order = someOrder({ note: "Bearer abcdef0123456789" });
    const requestId = await client.order(order);
    await client.reaches(requestId, "blocked");
    return { order, requestId, deadLetter: await ops.deadLetterOf(requestId) };
  };

  it("records, lists, shows masked, redrives to the failed step only, and the request completes", async () => {
    const { order, requestId, deadLetter } = await refusedOrder();
    expect(deadLetter).to.include({ state: "open", step: "register", requestId, errorCode: "THIRD_PARTY_REFUSED", times: 1 });
    const listed = await cli("dead-letters", "list", "--request", requestId);
    expect(listed.stdout).to.include(deadLetter.id).and.include("order-to-erp/register");
    const shown = await cli("dead-letters", "show", deadLetter.id);
    expect(shown.stdout).to.include(order.orderId).and.not.include("abcdef0123456789");
    const redriven = await cli("dead-letters", "redrive", deadLetter.id, "--json");
    expect(redriven.status, redriven.stderr).to.equal(0);
    expect(JSON.parse(redriven.stdout)).to.deep.equal({ results: [{ id: deadLetter.id, state: "redriven" }] });
    const { steps } = await reachesTraced({ client, hub }, requestId, "completed");
    expect(steps.map(({ step, attempts }) => [step, attempts])).to.have.deep.members([
      ["validate", 1],
      ["applyRules", 1],
      ["enrich", 1],
      ["register", 2],
    ]);
    const again = await cli("dead-letters", "redrive", deadLetter.id);
    expect(again.status).to.equal(2);
    expect(again.stdout).to.include("it is already redriven");
  });

  it("redrives by a filter, and a message that fails again is open again", async () => {
    const orders = await Promise.all([1, 2].map(() => client.order(someOrder({ lines: [twice, twice] }))));
    const before = await Promise.all(orders.map((requestId) => ops.deadLetterOf(requestId)));
    const { status, results } = await ops.decide("redrive", { filter: { flow: "order-to-erp", error: "DUPLICATE_SKU" } });
    expect(status).to.equal(200);
    expect(results).to.have.deep.members(before.map(({ id }) => ({ id, state: "redriven" })));
    for (const requestId of orders)
      await eventually("it failed again", async () => ((await ops.deadLetterOf(requestId)).times === 2 ? true : undefined));
    for (const requestId of orders) await client.reaches(requestId, "blocked");
  });

  it("discards with a reason: the request fails, and a redrive is refused", async () => {
    const { requestId, deadLetter } = await refusedOrder();
    expect((await cli("dead-letters", "discard", deadLetter.id)).stderr).to.include("--why");
    const discarded = await cli("dead-letters", "discard", deadLetter.id, "--reason", "ordered by mistake");
    expect(discarded.status, discarded.stderr).to.equal(0);
    const { steps } = await reachesTraced({ client, hub }, requestId, "failed");
    expect(steps.find(({ step }) => step === "register")).to.include({ status: "failed" });
    const { status, results } = await ops.decide("redrive", { ids: [deadLetter.id] });
    expect(status).to.equal(409);
    expect(results[0]?.refused).to.equal("it is already discarded");
  });

  it("refuses callers that are not operators", async () => {
    for (const path of ["/ops/dead-letters", "/ops/dead-letters/0123456789abcdef"])
      expect((await client.get(path)).status, path).to.equal(403);
    for (const path of ["/ops/dead-letters/redrive", "/ops/dead-letters/discard", "/ops/replays"])
      expect((await client.post(path, { all: true })).status, path).to.equal(403);
  });

  it("reads dead letters of SQS and EventBridge, and reports them to the ledger on behalf of the step", async () => {
    const queue = (name: string) =>
      String(hub.recording.resources.find((resource) => resource.type.endsWith(":Queue") && resource.name === name)?.outputs.arn);
    const rule = hub.recording.resources.find(({ name }) => name === "order-to-erp-validate-rule");
    const metadata = (id: string) => ({
      eventId: id,
      requestId: id,
      correlationId: id,
      causationId: "",
      tenant: "default",
      flow: "order-to-erp",
      graph: String(graphOf(hub)),
      step: "trigger:orders",
      version: 1,
      occurredAt: new Date().toISOString(),
      hop: 0,
      traceparent: "",
    });
    const id = `lost-${Date.now()}`;
    const detail = { metadata: metadata(id), data: someOrder() };
    const event = { "detail-type": "IntegrationRequested", source: "hub.order-to-erp", time: new Date().toISOString(), detail };
    const toLedger = (first: unknown) => hub.services.queues.send(queue("hub-ledger-queue"), JSON.stringify(first), {});
    toLedger(event);
    hub.services.queues.send(queue("order-to-erp-dead-letters"), JSON.stringify(event), {
      RULE_ARN: { dataType: "String", stringValue: String(rule?.outputs.arn) },
      ERROR_CODE: { dataType: "String", stringValue: "NO_PERMISSIONS" },
    });
    expect(await ops.deadLetterOf(id)).to.include({ step: "validate", errorCode: "NO_PERMISSIONS", shape: "target" });
    await client.reaches(id, "blocked");
    await ops.decide("redrive", { filter: { requestId: id } });
    await reachesTraced({ client, hub }, id, "completed");

    // The step refuses this message at its first attempt, which must count as later than the redrive.
    const refused = `refused-${Date.now()}`;
    const misfit = { ...event, detail: { metadata: metadata(refused), data: someOrder({ lines: [twice, twice] }) } };
    toLedger(misfit);
    hub.services.queues.send(queue("order-to-erp-dead-letters"), JSON.stringify(misfit), {
      RULE_ARN: { dataType: "String", stringValue: String(rule?.outputs.arn) },
      ERROR_CODE: { dataType: "String", stringValue: "NO_PERMISSIONS" },
    });
    await ops.deadLetterOf(refused);
    await client.reaches(refused, "blocked");
    await ops.decide("redrive", { filter: { requestId: refused } });
    const again = await eventually("the step has refused it", async () =>
      (await ops.deadLetters(`requestId=${refused}`)).find(({ errorCode }) => errorCode === "DUPLICATE_SKU"),
    );
    await client.reaches(refused, "blocked");
    await ops.decide("discard", { ids: [again.id], reason: "a test" });
    await reachesTraced({ client, hub }, refused, "failed");
  });

  it("replays archived events for chosen rules without repeating an effect", async () => {
    const from = new Date(hub.services.clock.now() - 1_000).toISOString();
    const order = someOrder();
    await reachesTraced({ client, hub }, await client.order(order), "completed");
    const effects = async () =>
      (await client.calls("?target=erp&operation=registerOrder")).filter(
        ({ body }) => (body as { reference: string }).reference === order.orderId,
      ).length;
    expect(await effects()).to.equal(1);
    let seen = 0;
    const end = hub.services.bus.onEvent(({ event }) => {
      if (event["detail-type"] === "OrderRegistered") seen += 1;
    });
    const replayed: string[] = [];
    const endReplay = hub.services.bus.onEvent(({ event }) => event["replay-name"] && replayed.push(event["detail-type"]));
    const to = new Date(hub.services.clock.now() + 60_000).toISOString();
    const { status, stdout, stderr } = await cli("replay", "--flow", "order-to-erp", "--from", from, "--to", to);
    expect(status, stderr).to.equal(0);
    expect(stdout).to.include("to validate");
    await eventually("the stored results are published again", () => (seen > 0 ? true : undefined));
    end();
    endReplay();
    expect(replayed).to.include.members(["IntegrationRequested", "RuleApplied"]);
    expect(await effects()).to.equal(1);
  });

  it("shows the state of the alarms", async () => {
    const shown = async () => {
      const { alarms } = (await (await fetch(`${hub.consoleUrl}/api/alarms`)).json()) as {
        alarms: { name: string; metrics: readonly string[]; value: number | null; state: string }[];
      };
      return alarms;
    };
    const sweeper = await eventually("the sweeper has measured", async () => {
      const silent = (await shown()).find(({ name }) => name.startsWith("hub-sweeper-silent"));
      return silent?.state === "OK" ? silent : undefined;
    });
    expect(sweeper.metrics).to.deep.equal(["UnresolvedDeadLetters"]);
    const recorded = (await shown()).find(({ name }) => name.startsWith("order-to-erp-dead-letters-recorded"));
    expect(recorded?.state).to.equal((recorded?.value ?? 0) > 0 ? "ALARM" : "OK");
  });
});

const graphOf = (hub: LocalHub) => {
  const item = hub.recording.resources.find(({ name }) => name === "order-to-erp-targets")?.inputs.item;
  const { targets } = JSON.parse(String(item)) as { targets: { S: string } };
  return (JSON.parse(targets.S) as { graph: string }).graph;
};
