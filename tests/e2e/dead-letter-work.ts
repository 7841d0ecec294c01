import type { LocalHub } from "../../local/hub.ts";
import { operatorOf } from "./operator.ts";

let count = 0;

/** Makes all that deals with dead letters use all that it may: the recorder, the ops function, and with its next run the sweeper. */
export async function dealWithDeadLetters(hub: LocalHub): Promise<void> {
  const { recording, services } = hub;
  const id = `letter-${++count}-${Date.now()}`;
  const item = recording.resources.find(({ name }) => name === "order-to-erp-targets")?.inputs.item;
  const { targets } = JSON.parse(String(item)) as { targets: { S: string } };
  const { graph, deadLetterArn, steps } = JSON.parse(targets.S) as {
    graph: string;
    deadLetterArn: string;
    steps: { validate: { ruleArn: string } };
  };
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
  // As EventBridge puts it there.
  services.queues.send(deadLetterArn, body, { RULE_ARN: { dataType: "String", stringValue: steps.validate.ruleArn } });

  // One whose time has come, for the sweeper; two for the operator, to send back and to give up; and one that the sweeper gives up.
  const letters = ["0", "1", "2", "3"].map(
    (digit) =>
      digit +
      Date.now()
        .toString(16)
        .padStart(15, String(count % 10))
        .slice(-15),
  );
  for (const letterId of letters) {
    const letter = {
      id: letterId,
      state: "open",
      flow: "order-to-erp",
      step: "validate",
      shape: "runtime",
      errorCode: "TIMEOUT",
      errorMessage: "",
      attempts: 1,
      // Of a request of its own: one that ends for one of them closes the others.
      cause: { ...cause, requestId: letterId, correlationId: letterId, eventName: "IntegrationRequested", delivery: letterId },
      at: time,
      firstAt: letterId === letters[3] ? "2026-01-01T00:00:00.000Z" : time,
      times: 1,
      messages: [],
      autoRedrives: 0,
      redriveAt: letterId === letters[0] ? "2026-01-01T00:00:00.000Z" : "",
      closedAt: "",
      closedBy: "",
      reason: "",
      chunks: 1,
      version: 1,
    };
    const pk = { S: `dead-letter#${letterId}` };
    const TableName = recording.outputs.tableName;
    await services.tables.administer("PutItem", { TableName, Item: { pk, sk: { S: "message#000" }, text: { S: body } } });
    const index = { letterBucket: { S: `open#${Number.parseInt(letterId.slice(0, 4), 16) % 4}` }, letterAt: { S: time } };
    const Item = { pk, sk: { S: "record" }, version: { N: "1" }, letter: { S: JSON.stringify(letter) }, ...index };
    await services.tables.administer("PutItem", { TableName, Item });
  }
  const ops = operatorOf(hub);
  await ops.get("/ops/dead-letters");
  await ops.get(`/ops/dead-letters/${letters[1]}`);
  await ops.post("/ops/dead-letters/redrive", { ids: [letters[1]] });
  await ops.post("/ops/dead-letters/discard", { ids: [letters[2]], reason: "a test" });
  const started = await ops.post("/ops/replays", {
    flow: "order-to-erp",
    from: "2020-01-01T00:00:00Z",
    to: "2020-01-01T00:00:01Z",
  });
  const { name = "" } = (await started.json()) as { name?: string };
  await ops.get(`/ops/replays/${name}`);
}
