import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { ResourceIndex } from "../../local/recording.ts";
import { eventually } from "./client.ts";
import { type Operator, operatorOf } from "./operator.ts";
import { hubHere, someOrder } from "./support.ts";

/** A minute of the hub lasts 0.6 seconds. */
const SPEED = 100;
/** Milliseconds until a state; alarms look back for an hour at most, which lasts 36 seconds. */
const PATIENCE = 240_000;
/** It measures by the wall clock how fast this machine is, so that only its own test expects anything of it. */
const LATENCY = "hub-gateway-latency";

// Each test breaks one thing of the running hub, sees its alarm in ALARM and no other, mends it, and sees all alarms OK.
describe("end to end / alarms", function () {
  this.timeout(600_000);
  let here: Awaited<ReturnType<typeof hubHere>>;
  let operator: Operator;
  let index: ResourceIndex;
  before(async () => {
    here = await hubHere({ speed: SPEED });
    operator = operatorOf(here.hub);
    index = new ResourceIndex(here.hub.recording);
  });
  after(() => here?.stop());

  /** What mends each fault of a test: a test that fails leaves none behind. */
  const mends: (() => void)[] = [];
  const mendedBy = (mend: () => void): (() => void) => {
    mends.push(mend);
    return mend;
  };
  afterEach(async function () {
    for (const mend of mends.splice(0)) mend();
    if (this.currentTest?.state !== "failed") return;
    for (const service of ["AWSEvents", "DynamoDB_20120810"] as const) services().aws.setFault(service, undefined);
    for (const target of ["customers", "freight-rates"]) await here.client.fault({ target, mode: "ok" });
    await eventually(
      () => `all alarms are OK after a failure; now: ${ringing().join(", ")}`,
      async () => {
        const open = await operator.deadLetters("state=open");
        if (open.length > 0) await operator.decide("discard", { ids: open.map(({ id }) => id), reason: "test" });
        return states().every(({ name, state }) => state === "OK" || name === LATENCY) ? true : undefined;
      },
      PATIENCE,
    );
  });

  const services = () => here.hub.services;
  const states = () =>
    services()
      .alarms.states()
      .map(({ name, state }) => ({ name: name.replace(/-[0-9a-f]{7}$/, ""), state }));
  const ringing = () => states().flatMap(({ name, state }) => (state === "ALARM" ? [name] : []));

  /** Waits until these alarms ring. Any other one that rings meanwhile fails the test. */
  async function rings(...expected: readonly string[]): Promise<void> {
    await eventually(
      () => `${expected.join(", ")} ring; now: ${ringing().join(", ") || "none"}`,
      () => {
        const now = ringing();
        const others = now.filter((name) => !expected.includes(name) && name !== LATENCY);
        if (others.length > 0) throw new Error(`${others.join(", ")} rings as well`);
        return expected.every((name) => now.includes(name)) ? true : undefined;
      },
      PATIENCE,
    );
  }
  const allOk = () =>
    eventually(
      () => `all alarms are OK; now: ${JSON.stringify(states().filter(({ state }) => state !== "OK"))}`,
      () => (states().every(({ name, state }) => state === "OK" || name === LATENCY) ? true : undefined),
      PATIENCE,
    );

  const named = (type: string, name: string) => {
    const found = index.all(type).find((resource) => resource.name === name);
    if (!found) throw new Error(`the program has no ${type} ${name}`);
    return found;
  };
  const arnOf = (type: string, name: string) => String(named(type, name).outputs.arn);

  /** Takes a role's inline policy away. @returns gives it back */
  function without(policy: string): () => void {
    const { inputs, outputs } = named("aws:iam/rolePolicy:RolePolicy", policy);
    const role = String(index.all("aws:iam/role:Role").find(({ outputs }) => outputs.name === inputs.role)?.outputs.arn);
    services().iam.deleteRolePolicy(role, String(outputs.name));
    return mendedBy(() => services().iam.putRolePolicy(role, String(outputs.name), String(inputs.policy)));
  }
  /** Takes away that the recorder may consume the dead letters of order-to-erp. @returns gives it back */
  function unreadable(): () => void {
    const queue = arnOf("aws:sqs/queue:Queue", "order-to-erp-dead-letters");
    const text = String(named("aws:sqs/queuePolicy:QueuePolicy", "order-to-erp-dead-letters-policy").inputs.policy);
    const { Statement, ...rest } = JSON.parse(text) as { readonly Statement: readonly { readonly Sid: string }[] };
    services().queues.setPolicy(queue, JSON.stringify({ ...rest, Statement: Statement.filter(({ Sid }) => Sid !== "Consume") }));
    return mendedBy(() => services().queues.setPolicy(queue, text));
  }
  /** Changes a function. @returns changes it back */
  function changed(name: string, change: { readonly handler: string } | { readonly reservedConcurrency: number }): () => void {
    const spec = services().functions.spec(arnOf("aws:lambda/function:Function", name));
    if (!spec) throw new Error(`there is no function ${name}`);
    services().functions.put({ ...spec, ...change });
    return mendedBy(() => services().functions.put(spec));
  }
  /** An order that becomes a dead letter, without any other fault. */
  async function deadLetter(): Promise<string> {
    await here.client.fault({ target: "customers", mode: "error", status: 404, times: 1 });
    return here.client.order(someOrder());
  }
  async function discard(requestId: string): Promise<void> {
    const { id } = await operator.deadLetterOf(requestId);
    await operator.decide("discard", { ids: [id], reason: "test" });
  }

  it("start without ringing, and are OK once the sweeper has reported", async () => {
    expect(ringing()).to.deep.equal([]);
    await rings();
    await allOk();
  });

  it("errors: a function dies when it is loaded, however often its messages come back", async () => {
    const mend = changed("order-to-erp-validate", { handler: "index.gone" });
    const requestId = await here.client.order(someOrder());
    await rings("order-to-erp-errors");
    mend();
    await here.client.reaches(requestId, "completed", PATIENCE);
    await allOk();
  });

  it("errors: a function gets no concurrency", async () => {
    const mend = changed("order-to-erp-register", { reservedConcurrency: 0 });
    const requestId = await here.client.order(someOrder());
    await rings("order-to-erp-errors");
    mend();
    await here.client.reaches(requestId, "completed", PATIENCE);
    await allOk();
  });

  it("gateway-errors: events can't be published", async () => {
    services().aws.setFault("AWSEvents", { mode: "error", operation: "PutEvents" });
    expect((await here.client.post("/orders", someOrder())).status).to.be.at.least(500);
    await rings("hub-gateway-errors");
    services().aws.setFault("AWSEvents", undefined);
    await allOk();
  });

  it("gateway-latency: answers take seconds", async () => {
    // Four seconds of the wall clock, which limits functions and calls.
    await here.client.fault({ target: "freight-rates", mode: "slow", delayMs: 4_000 * SPEED });
    let parcels = 0;
    while (!ringing().includes(LATENCY)) {
      const quote = await here.client.get(`/freight-quotes?country=PT&postcode=${++parcels}&weightGrams=1000`);
      if (parcels > 40) expect.fail(`no alarm after ${parcels} slow answers, the last one ${quote.status}`);
    }
    await here.client.fault({ target: "freight-rates", mode: "ok" });
    await eventually("latency is OK", () => (ringing().includes(LATENCY) ? undefined : true), PATIENCE);
    await allOk();
  });

  it("undelivered: a queue refuses the rule's events, which become dead letters", async () => {
    const queue = arnOf("aws:sqs/queue:Queue", "order-to-erp-enrich-queue");
    const policy = named("aws:sqs/queuePolicy:QueuePolicy", "order-to-erp-enrich-queue-policy");
    services().queues.setPolicy(queue, String(policy.inputs.policy).replaceAll(/:rule\/[^"]+/g, ":rule/hub/another"));
    const mend = mendedBy(() => services().queues.setPolicy(queue, String(policy.inputs.policy)));
    const requestId = await here.client.order(someOrder());
    await rings("order-to-erp-undelivered", "order-to-erp-dead-letters-recorded");
    mend();
    const { id } = await operator.deadLetterOf(requestId);
    await operator.decide("redrive", { ids: [id] });
    await here.client.reaches(requestId, "completed", PATIENCE);
    await allOk();
  });

  it("dead-letters-recorded: rings for each incident, whatever is still open", async () => {
    const first = await deadLetter();
    await rings("order-to-erp-dead-letters-recorded");
    await allOk();
    const second = await deadLetter();
    await rings("order-to-erp-dead-letters-recorded");
    for (const requestId of [first, second]) await discard(requestId);
    await allOk();
  });

  for (const [fault, others, breakIt] of [
    ["may not write the table", [], () => without("hub-recorder-policy")],
    ["dies when it is loaded", ["hub-errors"], () => changed("hub-recorder", { handler: "index.gone" })],
    ["may not read the queue", [], unreadable],
  ] as const)
    it(`dead-letters-unrecorded: the recorder ${fault}`, async () => {
      const mend = breakIt();
      const requestId = await deadLetter();
      await rings("order-to-erp-dead-letters-unrecorded", ...others);
      mend();
      await discard(requestId);
      await allOk();
    });

  it("dead-letters-unrecorded: after an hour the sweeper records what nothing has read", async () => {
    const mend = unreadable();
    const requestId = await deadLetter();
    await rings("order-to-erp-dead-letters-unrecorded");
    await eventually(
      "the dead letter is recorded",
      async () => (await operator.deadLetters(`requestId=${requestId}`))[0],
      PATIENCE,
    );
    mend();
    await discard(requestId);
    await allOk();
  });

  it("sweeper-silent: its schedule may not start it", async () => {
    const mend = without("hub-sweeper-schedule-policy");
    await rings("hub-sweeper-silent");
    mend();
    await allOk();
  });

  it("breaker-open, and then waiting: a third party is down for an hour", async () => {
    await here.client.fault({ target: "customers", mode: "error", status: 503 });
    const orders = await Promise.all(Array.from({ length: 3 }, () => here.client.order(someOrder())));
    await rings("hub-customers-breaker-open");
    await eventually(
      "messages have waited for an hour",
      () => {
        const others = ringing().filter(
          (name) => !["hub-customers-breaker-open", "order-to-erp-waiting", LATENCY].includes(name),
        );
        expect(others).to.deep.equal([]);
        return ringing().includes("order-to-erp-waiting") ? true : undefined;
      },
      PATIENCE,
    );
    await here.client.fault({ target: "customers", mode: "ok" });
    for (const requestId of orders) await here.client.reaches(requestId, "completed", PATIENCE);
    await allOk();
  });

  it("waiting: a queue is not read", async () => {
    const mend = without("order-to-erp-validate-policy");
    const requestId = await here.client.order(someOrder());
    await rings("order-to-erp-waiting");
    mend();
    await here.client.reaches(requestId, "completed", PATIENCE);
    await allOk();
  });

  it("table-throttled: DynamoDB refuses writes for minutes", async () => {
    services().aws.setFault("DynamoDB_20120810", { mode: "throttle", operation: "UpdateItem", probability: 0.3 });
    const orders: string[] = [];
    await eventually(
      "the table's alarm rings",
      async () => {
        orders.push(await here.client.order(someOrder()));
        // A few orders in each period of the alarm are enough.
        await new Promise((next) => setTimeout(next, 1_000));
        const now = ringing();
        expect(now.filter((name) => name !== "hub-table-throttled" && name !== LATENCY)).to.deep.equal([]);
        return now.includes("hub-table-throttled") ? true : undefined;
      },
      PATIENCE,
    );
    services().aws.setFault("DynamoDB_20120810", undefined);
    for (const requestId of orders) await here.client.reaches(requestId, "completed", PATIENCE);
    await allOk();
  });
});
