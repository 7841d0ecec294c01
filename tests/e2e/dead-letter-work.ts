import type { LocalHub } from "../../local/hub.ts";
import { inputKey, joinKey, summaryKey } from "../../protocol/table.ts";
import { type DeadLetter, dueKeysOf } from "../../runtime/functions/dead-letters/dead-letter.ts";
import { dueOf } from "../../runtime/functions/step/delivery/join-deadline.ts";
import { operatorOf } from "./operator.ts";

let count = 0;

/** Makes the recorder, the ops function and, on its next run, the sweeper use every permission they have for dead letters. */
export async function dealWithDeadLetters(hub: LocalHub): Promise<void> {
  const { recording, services } = hub;
  const id = `letter-${++count}-${Date.now()}`;
  const { graph, deadLetterArn, steps } = targetsOf(hub, "order-to-erp");
  const cause = {
    eventId: id,
    requestId: id,
    correlationId: id,
    causationId: "",
    tenant: "test",
    graph,
    traceparent: "",
    hop: 0,
  };
  const time = new Date().toISOString();
  const metadata = { ...cause, flow: "order-to-erp", step: "trigger:orders", version: 1, occurredAt: time };
  const body = JSON.stringify({ "detail-type": "IntegrationRequested", time, detail: { metadata, data: {} } });
  // In the form that EventBridge sends.
  services.queues.send(deadLetterArn, body, { RULE_ARN: { dataType: "String", stringValue: steps.validate.ruleArn } });

  // One that is due, for the sweeper to redrive; two for the operator, to redrive and to discard; one for the sweeper to discard.
  const deadLetterIds = ["0", "1", "2", "3"].map(
    (digit) =>
      digit +
      Date.now()
        .toString(16)
        .padStart(15, String(count % 10))
        .slice(-15),
  );
  for (const deadLetterId of deadLetterIds) {
    const deadLetter: DeadLetter = {
      id: deadLetterId,
      state: "open",
      flow: "order-to-erp",
      step: "validate",
      shape: "runtime",
      errorCode: "TIMEOUT",
      errorMessage: "",
      attempts: 1,
      // Each belongs to a separate request: the end of a request closes all its dead letters.
      cause: {
        ...cause,
        requestId: deadLetterId,
        correlationId: deadLetterId,
        eventName: "IntegrationRequested",
        delivery: deadLetterId,
      },
      at: time,
      firstAt: deadLetterId === deadLetterIds[3] ? "2026-01-01T00:00:00.000Z" : time,
      times: 1,
      messages: [],
      autoRedrives: 0,
      redriveAt: deadLetterId === deadLetterIds[0] ? "2026-01-01T00:00:00.000Z" : "",
      closedAt: "",
      closedBy: "",
      reason: "",
      chunks: 1,
      version: 1,
    };
    const pk = { S: `dead-letter#${deadLetterId}` };
    const TableName = recording.outputs.tableName;
    await services.tables.administer("PutItem", { TableName, Item: { pk, sk: { S: "message#000" }, text: { S: body } } });
    const index = { letterBucket: { S: `open#${Number.parseInt(deadLetterId.slice(0, 4), 16) % 4}` }, letterAt: { S: time } };
    const due = Object.fromEntries(Object.entries(dueKeysOf(deadLetter)).map(([name, S]) => [name, { S }]));
    const Item = { pk, sk: { S: "record" }, version: { N: "1" }, letter: { S: JSON.stringify(deadLetter) }, ...index, ...due };
    await services.tables.administer("PutItem", { TableName, Item });
  }
  // A join whose deadline has passed, of a step that is not deployed: the sweeper looks at it, and puts it off.
  const join = joinKey("order-to-erp", "register", id);
  const dueJoin = { ...join, ...dueOf(join, Date.parse("2026-01-01"), undefined) };
  await services.tables.administer("PutItem", {
    TableName: recording.outputs.tableName,
    Item: Object.fromEntries(Object.entries(dueJoin).map(([name, value]) => [name, { S: String(value) }])),
  });

  // A request in progress, which is cancelled twice: ops and ledger mark it, and read the mark that is there.
  const requestId = await inProgress(hub, `${id}-cancelled`, "order-to-erp");

  const ops = operatorOf(hub);
  for (let times = 0; times < 2; times += 1) await ops.post(`/requests/${requestId}/cancel`, { reason: "a test" });
  // Jobs that find nothing: the sweeper ends one, an operator the other.
  await ops.post("/ops/jobs", { verb: "redrive", filter: { step: "none" }, reason: "a test" });
  const begun = await ops.post("/ops/jobs", { verb: "discard", filter: { step: "none" }, reason: "a test" });
  const { job } = (await begun.json()) as { job?: { id: string } };
  await ops.post(`/ops/jobs/${job?.id}/stop`, { reason: "a test" });
  // It is run again with an input that the ledger would have stored.
  await storeInput(hub, requestId);
  await ops.post(`/requests/${requestId}/run-again`, { reason: "a test" });
  const exported = await (await ops.get(`/ops/inputs/${requestId}`)).json();
  await ops.post("/ops/inputs", { reason: "a test", stack: "prod", input: (exported as { input: object }).input });
  await ops.get("/ops/dead-letters");
  const { groups = [] } = (await (await ops.get("/ops/dead-letter-groups")).json()) as { groups?: { id: string }[] };
  for (let times = 0; times < 2; times += 1) await ops.post(`/ops/dead-letter-groups/${groups[0]?.id}`, { owner: "ana" });
  await ops.get(`/ops/dead-letters/${deadLetterIds[1]}`);
  await ops.post("/ops/dead-letters/redrive", { ids: [deadLetterIds[1]] });
  await ops.post("/ops/dead-letters/discard", { ids: [deadLetterIds[2]], reason: "a test" });
  const started = await ops.post("/ops/replays", {
    flow: "order-to-erp",
    from: "2020-01-01T00:00:00Z",
    to: "2020-01-01T00:00:01Z",
  });
  const { name = "" } = (await started.json()) as { name?: string };
  await ops.get(`/ops/replays/${name}`);
  await ops.get("/ops/audit");
  await ops.get("/ops/status");
  const until = new Date(services.clock.now() + 3_600_000).toISOString();
  await ops.post("/ops/holds", { flow: "payment-notifications", until, reason: "a test" });
  await ops.post("/ops/holds/release", { flow: "payment-notifications" });
}

/** Makes the sweeper, on its next run, use every permission that it has for jobs on requests. */
export async function decideOnRequests(hub: LocalHub): Promise<void> {
  const id = `chosen-${++count}-${Date.now()}`;
  const ops = operatorOf(hub);
  const repeated = await inProgress(hub, `${id}-repeated`, "order-to-erp");
  await storeInput(hub, repeated);
  // Of a flow in which nothing else is cancelled. It is cancelled twice.
  const cancelled = await inProgress(hub, `${id}-cancelled`, "order-fulfilment");
  // Those that the ops function takes.
  const first = Array.from({ length: 25 }, (_, n) => `${id}-unknown-${n}`);
  for (const [verb, last] of [
    ["runAgain", [repeated]],
    ["cancel", [cancelled]],
    ["cancel", ["another", cancelled]],
  ] as const)
    await ops.post("/ops/jobs", { verb, requestIds: [...first, ...last], rate: 1_000, reason: "a test" });
}

const targetsOf = ({ recording }: LocalHub, flow: string) => {
  const item = recording.resources.find(({ name }) => name === `${flow}-targets`)?.inputs.item;
  const { targets } = JSON.parse(String(item)) as { targets: { S: string } };
  return JSON.parse(targets.S) as { graph: string; deadLetterArn: string; steps: { validate: { ruleArn: string } } };
};

/** Writes a request as the ledger would have done. @returns its id */
async function inProgress(hub: LocalHub, requestId: string, flow: string): Promise<string> {
  const time = new Date().toISOString();
  const texts = {
    requestId,
    correlationId: requestId,
    tenant: "test",
    flow,
    graph: targetsOf(hub, flow).graph,
    status: "running",
  };
  const facts = JSON.stringify({ events: [], deliveries: [], ends: [] });
  await put(hub, { ...summaryKey(requestId), ...texts, createdAt: time, lastAt: time, updatedAt: time, facts }, 1);
  return requestId;
}

const storeInput = (hub: LocalHub, requestId: string): Promise<unknown> => {
  const input = { name: "IntegrationRequested", trigger: "orders", version: 1, data: {} };
  return put(hub, { ...inputKey(requestId), input: JSON.stringify(input) });
};

const put = ({ recording, services }: LocalHub, texts: Readonly<Record<string, string>>, rev?: number): Promise<unknown> =>
  services.tables.administer("PutItem", {
    TableName: recording.outputs.tableName,
    Item: {
      ...Object.fromEntries(Object.entries(texts).map(([name, S]) => [name, { S }])),
      ...(rev !== undefined && { rev: { N: String(rev) } }),
    },
  });
