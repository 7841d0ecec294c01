import { randomUUID } from "node:crypto";
import type { AllowedCall } from "../../emulator/aws.ts";
import type { BusEvent } from "../../emulator/events/event.ts";
import type { LocalHub } from "../../local/hub.ts";
import { stepHandler } from "../../protocol/handlers.ts";
import { holdsKey } from "../../protocol/table.ts";
import { type Client, eventually } from "./client.ts";
import { dealWithDeadLetters, decideOnRequests } from "./dead-letter-work.ts";
import { operatorOf } from "./operator.ts";
import { publishStraight } from "./publish.ts";
import { requestOf, someFulfilment, someOrder, someParcel, somePayment } from "./support.ts";

interface Exercised {
  readonly hub: LocalHub;
  readonly client: Client;
  /** Every call so far, by any caller. */
  readonly calls: readonly AllowedCall[];
}
type Detail = { readonly metadata: Readonly<Record<string, unknown>> & { readonly requestId: string }; readonly data: unknown };

/**
 * Runs the sample flows through every situation: success, status requests, duplicates, events that a step can't read, a bus that
 * fails, exhausted rate limits of third parties.
 */
export async function exercise({ hub, client, calls }: Exercised): Promise<void> {
  const bus = String(hub.recording.outputs.busName);
  const seen: BusEvent[] = [];
  hub.services.bus.onEvent(({ event }) => seen.push(event));
  const stepRoles = hub.recording.resources.flatMap(({ type, name, outputs, inputs }) =>
    type === "aws:lambda/function:Function" && String(inputs.handler).startsWith(stepHandler(""))
      ? [{ name, role: String(inputs.role), table: variables(inputs).HUB_TABLE ?? "", outputs }]
      : [],
  );
  /** Waits until each of these steps has made the call since `from`. */
  const untilEachCalls = async (action: string, from: number, steps = stepRoles) => {
    const waiting = new Map(steps.map(({ name, role }) => [role, name]));
    await eventually(
      () => `${[...waiting.values()].join(", ")} call ${action}`,
      () => {
        for (const call of calls.slice(from))
          if (call.action === action && call.caller.kind === "role") waiting.delete(call.caller.arn);
        return waiting.size === 0 ? true : undefined;
      },
      90_000,
    );
  };
  const publish = (event: BusEvent, detail: unknown) =>
    publishStraight(hub, { bus, source: event.source, type: event["detail-type"], detail });

  const requestId = await client.order(someOrder());
  await client.reaches(requestId, "completed");
  await client.get(`/requests?correlationId=${requestId}`);
  await client.get("/requests?flow=order-to-erp&status=completed");
  // These functions log refused requests only.
  await client.get("/requests/nowhere");
  await client.post("/orders", someOrder(), { "x-api-key": "nobody-has-this-key" });
  const notification = somePayment();
  const accepted = await client.webhook(notification);
  // The second delivery finds the notification done.
  await client.webhook(notification);
  const payment = ((await accepted.json()) as { requestId: string }).requestId;
  const fulfilled = await requestOf(await client.post("/fulfilments", someFulfilment()));
  // A light parcel: its price is high for its weight.
  const quote = await client.get(`/freight-quotes?${someParcel({ weightGrams: "100" })}`);
  const quoted = quote.headers.get("x-request-id") ?? "";
  const facts = await eventually("the requests are complete", () => {
    const published = seen.filter(({ detail }) =>
      [requestId, payment, fulfilled, quoted].includes((detail as Detail).metadata.requestId),
    );
    // A report may be published twice.
    const succeeded = published
      .filter((event) => event["detail-type"] === "StepSucceeded")
      .map(({ detail }) => `${(detail as Detail).metadata.flow} ${(detail as Detail).metadata.step}`);
    return new Set(succeeded).size >= stepRoles.length ? published : undefined;
  });
  const flowEvents = facts.filter((event) => !event["detail-type"].startsWith("Step"));

  // Compensate a request, and process dead letters.
  const doomed = await requestOf(await client.post("/fulfilments", someFulfilment("2029-01-01")));
  await client.reaches(doomed, "compensated");
  await dealWithDeadLetters(hub);
  await decideOnRequests(hub);
  await eventually("the sweeper has run the jobs on requests", async () => {
    const { jobs } = (await (await operatorOf(hub).get("/ops/jobs")).json()) as { jobs: { requests: number; state: string }[] };
    return jobs.every(({ requests, state }) => requests === 0 || state === "done") ? true : undefined;
  });
  const sweeper = roleOf(hub, "hub-sweeper-role");
  for (const report of ["StepFailed", "StepGivenUp"])
    await eventually(`the sweeper has published ${report}`, () =>
      calls.find(
        (call) =>
          call.action === "events:PutEvents" && isBy(call, sweeper) && call.context["events:detail-type"]?.includes(report),
      ),
    );

  // Of each flow a request was cancelled: from now on its steps ask for each message whether its request was.
  const flows = new Set(flowEvents.map(({ detail }) => String((detail as Detail).metadata.flow)));
  await hub.services.tables.administer("PutItem", {
    TableName: hub.recording.outputs.tableName,
    Item: {
      ...{ pk: { S: holdsKey.pk }, sk: { S: holdsKey.sk } },
      cancelledFlows: { S: JSON.stringify(Object.fromEntries([...flows].map((flow) => [flow, hub.services.clock.now()]))) },
    },
  });

  // The circuit breaker counts failures of third parties.
  for (const target of ["warehouse", "payments", "carrier"]) await client.fault({ target, mode: "error", status: 500, times: 1 });
  await client.reaches(await requestOf(await client.post("/fulfilments", someFulfilment())), "completed", 60_000);

  // Duplicates: each step reads its delivery record.
  let from = calls.length;
  for (const event of flowEvents) await publish(event, event.detail);
  await untilEachCalls("dynamodb:GetItem", from);

  // The same events of other requests while the bus refuses everything: each step retries, and continues when the bus is back.
  const copyOf = (event: BusEvent, suffix: string) => {
    const { metadata, data } = event.detail as Detail;
    return { metadata: { ...metadata, requestId: `${metadata.requestId}-${suffix}`, eventId: randomUUID() }, data };
  };
  from = calls.length;
  hub.services.aws.setFault("AWSEvents", { mode: "fail-entries" });
  for (const event of flowEvents) await publish(event, copyOf(event, "again"));
  await untilEachCalls("sqs:ChangeMessageVisibility", from);
  hub.services.aws.setFault("AWSEvents", undefined);

  // Data that no step accepts goes to the dead letters, unless the gateway's contract says that a caller sent it.
  from = calls.length;
  for (const event of flowEvents) {
    const { metadata } = copyOf(event, "misfit");
    await publish(event, { metadata: { ...metadata, contract: "" }, data: { nothing: "of use" } });
  }
  await untilEachCalls("sqs:SendMessage", from);

  // Exhaust the third parties' rate limits for the next hours.
  const later = hub.services.clock.now() + 6 * 3_600_000;
  for (const { adapter, table } of rateLimitsOf(calls)) {
    await hub.services.tables.administer("PutItem", {
      TableName: table,
      Item: { pk: { S: adapter }, sk: { S: "rate" }, tat: { N: String(later) } },
    });
  }
  const callers = stepRoles.filter(({ role }) => rateLimitsOf(calls).some(({ roles }) => roles.has(role)));
  from = calls.length;
  for (const event of flowEvents) await publish(event, copyOf(event, "limited"));
  await eventually("the steps read their third party's rate limit", () =>
    callers.every(({ role }) => rateLimitsOf(calls.slice(from), "dynamodb:GetItem").some(({ roles }) => roles.has(role)))
      ? true
      : undefined,
  );

  // A function's log is written after its answer.
  const functions = hub.recording.resources.filter(({ type }) => type === "aws:lambda/function:Function");
  await eventually("each function has logged", () => {
    const logging = new Set(
      calls.flatMap(({ action, caller }) => (action === "logs:PutLogEvents" && caller.kind === "role" ? [caller.arn] : [])),
    );
    return functions.every(({ inputs }) => logging.has(String(inputs.role))) ? true : undefined;
  });
}

const roleOf = ({ recording }: LocalHub, name: string) =>
  recording.resources.find((resource) => resource.name === name)?.outputs.arn;
const isBy = ({ caller }: AllowedCall, role: unknown) => caller.kind === "role" && caller.arn === role;
const variables = (inputs: Readonly<Record<string, unknown>>) =>
  (inputs.environment as { readonly variables?: Readonly<Record<string, string>> } | undefined)?.variables ?? {};

/** Rate limits of third parties that were accessed: by which roles, and in which table. */
function rateLimitsOf(calls: readonly AllowedCall[], action = "dynamodb:UpdateItem") {
  const limits = new Map<string, { adapter: string; table: string; roles: Set<string> }>();
  for (const call of calls) {
    if (call.action !== action || call.caller.kind !== "role") continue;
    for (const key of [call.context["dynamodb:LeadingKeys"] ?? []].flat()) {
      if (!key.startsWith("third-party#")) continue;
      const table = call.resource.slice(call.resource.lastIndexOf("/") + 1);
      const limit = limits.get(key) ?? { adapter: key, table, roles: new Set<string>() };
      limits.set(key, limit);
      limit.roles.add(call.caller.arn);
    }
  }
  return [...limits.values()];
}
