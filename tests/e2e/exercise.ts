import { randomUUID } from "node:crypto";
import type { AllowedCall } from "../../emulator/aws.ts";
import type { BusEvent } from "../../emulator/events/event.ts";
import type { LocalHub } from "../../local/hub.ts";
import { stepHandler } from "../../protocol/handlers.ts";
import { dealWithDeadLetters } from "./dead-letter-work.ts";
import { publishStraight } from "./publish.ts";
import { type Client, eventually, requestOf, someFulfilment, someOrder, someParcel, somePayment } from "./support.ts";

interface Exercised {
  readonly hub: LocalHub;
  readonly client: Client;
  /** Each call so far, of whoever. */
  readonly calls: readonly AllowedCall[];
}
type Detail = { readonly metadata: Readonly<Record<string, unknown>> & { readonly requestId: string }; readonly data: unknown };

/**
 * Runs the sample flows through all that befalls them: success, questions about it, duplicates, events that a step can't take, a bus
 * that fails, third parties that have had their share of calls.
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
  /** Until each of these steps has made the call since `from`. */
  const eachCalls = (action: string, from: number, steps = stepRoles) =>
    eventually(`${steps.map(({ name }) => name).join(", ")} call ${action}`, () => {
      const since = calls.slice(from).filter((call) => call.action === action);
      return steps.every(({ role }) => since.some(({ caller }) => caller.kind === "role" && caller.arn === role))
        ? true
        : undefined;
    });
  const publish = (event: BusEvent, detail: unknown) =>
    publishStraight(hub, { bus, source: event.source, type: event["detail-type"], detail });

  const requestId = await client.order(someOrder());
  await client.reaches(requestId, "completed");
  await client.get(`/requests?correlationId=${requestId}`);
  await client.get("/requests?flow=order-to-erp&status=completed");
  // It logs what it refuses, and nothing else.
  await client.get("/requests/nowhere");
  await client.post("/orders", someOrder(), { "x-api-key": "nobody-has-this-key" });
  const notification = somePayment();
  const accepted = await client.webhook(notification);
  // Sent again, it is found to be done.
  await client.webhook(notification);
  const payment = ((await accepted.json()) as { requestId: string }).requestId;
  const fulfilled = await requestOf(await client.post("/fulfilments", someFulfilment()));
  // So light that it is dear for its weight.
  const quote = await client.get(`/freight-quotes?${someParcel({ weightGrams: "100" })}`);
  const quoted = quote.headers.get("x-request-id") ?? "";
  const facts = await eventually("the requests are through", () => {
    const own = seen.filter(({ detail }) =>
      [requestId, payment, fulfilled, quoted].includes((detail as Detail).metadata.requestId),
    );
    return own.filter((event) => event["detail-type"] === "StepSucceeded").length >= stepRoles.length ? own : undefined;
  });
  const flowEvents = facts.filter((event) => !event["detail-type"].startsWith("Step"));

  // What was done is undone, and the dead letters are dealt with.
  const doomed = await requestOf(await client.post("/fulfilments", someFulfilment("2029-01-01")));
  await client.reaches(doomed, "compensated");
  await dealWithDeadLetters(hub);
  const sweeper = roleOf(hub, "hub-sweeper-role");
  for (const report of ["StepFailed", "StepGivenUp"])
    await eventually(`the sweeper has published ${report}`, () =>
      calls.find(
        (call) =>
          call.action === "events:PutEvents" && isBy(call, sweeper) && call.context["events:detail-type"]?.includes(report),
      ),
    );

  // Third parties that have failed are counted.
  for (const target of ["warehouse", "payments", "carrier"]) await client.fault({ target, mode: "error", status: 500, times: 1 });
  await client.reaches(await requestOf(await client.post("/fulfilments", someFulfilment())), "completed", 60_000);

  // Duplicates: what was done is read.
  let from = calls.length;
  for (const event of flowEvents) await publish(event, event.detail);
  await eachCalls("dynamodb:GetItem", from);

  // The same events of other requests, while the bus takes nothing: each step is tried again, and goes on when it is back.
  const anew = (event: BusEvent, suffix: string) => {
    const { metadata, data } = event.detail as Detail;
    return { metadata: { ...metadata, requestId: `${metadata.requestId}-${suffix}`, eventId: randomUUID() }, data };
  };
  from = calls.length;
  hub.services.aws.setFault("AWSEvents", { mode: "fail-entries" });
  for (const event of flowEvents) await publish(event, anew(event, "again"));
  await eachCalls("sqs:ChangeMessageVisibility", from);
  hub.services.aws.setFault("AWSEvents", undefined);

  // Data that no step can take goes to the dead letters.
  from = calls.length;
  for (const event of flowEvents) await publish(event, { ...anew(event, "misfit"), data: { nothing: "of use" } });
  await eachCalls("sqs:SendMessage", from);

  // The third parties' share of calls is used up for the next hours.
  const later = hub.services.clock.now() + 6 * 3_600_000;
  for (const { adapter, table } of sharesOf(calls)) {
    await hub.services.tables.administer("PutItem", {
      TableName: table,
      Item: { pk: { S: adapter }, sk: { S: "rate" }, tat: { N: String(later) } },
    });
  }
  const callers = stepRoles.filter(({ role }) => sharesOf(calls).some(({ roles }) => roles.has(role)));
  from = calls.length;
  for (const event of flowEvents) await publish(event, anew(event, "limited"));
  await eventually("the steps read their third party's share", () =>
    callers.every(({ role }) => sharesOf(calls.slice(from), "dynamodb:GetItem").some(({ roles }) => roles.has(role)))
      ? true
      : undefined,
  );

  // What a function logs is written after it has answered.
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

/** The shares of third parties that were touched, by whom, and in which table. */
function sharesOf(calls: readonly AllowedCall[], action = "dynamodb:UpdateItem") {
  const shares = new Map<string, { adapter: string; table: string; roles: Set<string> }>();
  for (const call of calls) {
    if (call.action !== action || call.caller.kind !== "role") continue;
    for (const key of [call.context["dynamodb:LeadingKeys"] ?? []].flat()) {
      if (!key.startsWith("third-party#")) continue;
      const table = call.resource.slice(call.resource.lastIndexOf("/") + 1);
      const share = shares.get(key) ?? { adapter: key, table, roles: new Set<string>() };
      shares.set(key, share);
      share.roles.add(call.caller.arn);
    }
  }
  return [...shares.values()];
}
