import type { FlowGraph } from "../../../model/graph.ts";
import type { EventFact, Facts } from "../../../model/ledger/facts.ts";
import { underGraph } from "../../../model/ledger/former-names.ts";
import { type StepState, settle } from "../../../model/ledger/settle.ts";
import { settleTally } from "../../../model/ledger/tally.ts";
import type { Cancellation } from "../../../protocol/cancel.ts";
import { isCallerless } from "../../../protocol/first-event.ts";
import { type LISTED, summaryKey } from "../../../protocol/table.ts";
import { isHashed } from "../../business-keys.ts";
import type { HubEnvironment } from "../../environment.ts";
import { httpPipeline } from "../../http/middleware.ts";
import { preferredWait } from "../../http/prefer.ts";
import { HttpProblem, json } from "../../http/problem.ts";
import { assertRequestId, operatorOf, pathParameterOf, tenantOf, unknownRequest } from "../../http/request.ts";
import type { LambdaHandler, ProxyEvent, ProxyResponse } from "../../lambda.ts";
import type { Item, Table, Value } from "../../ports.ts";
import { hubServices, type Services } from "../../services.ts";
import { traceIdOf } from "../../tracing/trace-ids.ts";
import { factFrom } from "../ledger/fact.ts";
import { graphStore } from "../ledger/graph-store.ts";
import { repetitionsOf } from "../ledger/inputs.ts";
import { relativesOf } from "../ledger/relatives.ts";
import { cancellationIn, type RequestState, stateFrom } from "../ledger/state.ts";
import { serve } from "../serve.ts";
import { held, type Timing } from "./hold-answer.ts";
import { encodeCursor, listRequestOf } from "./list-query.ts";
import { listByKey, listRequests } from "./list-requests.ts";

/**
 * The Lambda handler of `GET /requests/{requestId}` and `GET /requests?flow=&status=&correlationId=…`: read only. A caller sees its
 * own requests, and those that a webhook, a schedule or a poll started, which belong to no tenant. An operator sees any request by its id.
 * `Prefer: wait=<seconds>` holds the answer back until the request has ended.
 *
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 */
export function serveStatus(connect: () => Services<HubEnvironment> = hubServices): LambdaHandler {
  return serve(connect, ({ table, clock, random }, log) => {
    const ports: Ports = { table, graphOf: graphStore(table), clock, random };
    return httpPipeline(log).handler<ProxyEvent, ProxyResponse>((event) => answer(event, ports));
  });
}

interface Ports extends Timing {
  readonly table: Table;
  readonly graphOf: ReturnType<typeof graphStore>;
}

function answer(event: ProxyEvent, ports: Ports): Promise<ProxyResponse> {
  const tenant = tenantOf(event);
  if (!tenant) throw new HttpProblem(403, "Forbidden", "The caller has no tenant. Call through the gateway.");
  const requestId = pathParameterOf(event, "requestId");
  const caller: Caller = { tenant, isOperator: operatorOf(event) !== undefined };
  return requestId === undefined
    ? list(event, ports.table, caller)
    : show(requestId, ports, { ...caller, wait: preferredWait(event) });
}

/** A request has one child for each flow that imports its events. */
const LISTED_CHILDREN = 100;

interface Caller {
  readonly tenant: string;
  readonly isOperator: boolean;
}

async function show(
  requestId: string,
  { table, graphOf, ...timing }: Ports,
  { wait, ...caller }: Caller & { readonly wait: number | undefined },
): Promise<ProxyResponse> {
  assertRequestId(requestId);
  const key = summaryKey(requestId);
  const summary = await held(timing, wait ?? 0, async () => {
    const found = (await table.get(key)) as (Item & Listed) | undefined;
    return found && isVisible(found, caller) ? found : undefined;
  });
  if (!summary) throw unknownRequest();
  const applied = wait === undefined ? {} : { "preference-applied": `wait=${wait}` };
  const state = stateFrom(summary);
  const traceId = traceIdOf(requestId);
  if (!state) return json(200, { ...headOf(summary), traceId, ...(await formerDetails(summary, table)) }, applied);
  const head = { ...headOf({ ...summary, updatedAt: state.lastAt }), traceId };
  const cancelled = cancellationIn(state);
  const [graph, ranAgain] = await Promise.all([graphOf(state.request), state.ranAgain ? repetitionsOf(table, requestId) : []]);
  const query = (pk: string, prefix: string) => table.query(pk, { prefix, last: LISTED_CHILDREN });
  const { parent, children } = await relativesOf({ get: table.get.bind(table), query }, summary, graph);
  const shown = {
    ...head,
    ...(cancelled && { cancelled: shownOf(cancelled) }),
    ...(state.repeats !== undefined && { repeats: state.repeats }),
    ...(state.exportOf && { exportOf: state.exportOf }),
    ...(ranAgain.length > 0 && { ranAgain }),
    ...(parent && { parent: relativeOf(parent) }),
    ...(children.length > 0 && { children: children.map(relativeOf) }),
    ...keysOf(state),
    ...detailsOf(state, graph),
  };
  return json(200, shown, applied);
}

/** A child has the tenant of its parent, so who sees one sees the other. */
const relativeOf = ({ requestId, flow, status }: Item) => ({ requestId, flow, status });

const shownOf = ({ by, at, why }: Cancellation): Cancellation => ({ by, at, why });

/** Values by which the request is found, by field; of personal ones only hashes are kept, which say nothing. */
function keysOf({ keys = [] }: RequestState) {
  const shown = Map.groupBy(
    keys.filter(({ value }) => !isHashed(value)),
    ({ name }) => name,
  );
  return keys.length === 0
    ? {}
    : { keys: Object.fromEntries([...shown].map(([name, all]) => [name, all.map(({ value }) => value)])) };
}

/** Steps and events, one by one while they are few, else counted. */
function detailsOf({ body }: RequestState, graph: FlowGraph) {
  if ("facts" in body)
    return { steps: stepsOf(settle(graph, body.facts).steps), events: inOrder(eventsIn(underGraph(graph, body.facts))) };
  const eventCounts = Object.fromEntries(Object.entries(body.tally.events).map(([name, { count }]) => [name, count]));
  return { steps: stepsOf(settleTally(graph, body.tally).steps), events: [], eventCounts };
}

/** Those of triggers, and those that the steps' reports name: a step publishes its events when it has finished. */
const eventsIn = ({ events, deliveries }: Facts): readonly EventFact[] => [
  ...events,
  ...deliveries.flatMap(({ step, finishedAt, emitted }) =>
    emitted.map(({ name, eventId }) => ({ name, eventId, step, occurredAt: finishedAt })),
  ),
];

/** A request that an earlier version of the ledger kept, and that has not changed since: each fact is an item. */
async function formerDetails(summary: Item, table: Table) {
  const facts = (await table.query(summary.pk)).flatMap((item) => factFrom(item) ?? []);
  const events = facts.flatMap((found) => (found.kind === "event" ? [found.fact] : []));
  return { steps: stepsOf(Array.isArray(summary.steps) ? (summary.steps as StepState[]) : []), events: inOrder(events) };
}

const inOrder = (events: readonly EventFact[]) =>
  [...events]
    .sort((a, b) => a.occurredAt.localeCompare(b.occurredAt) || a.eventId.localeCompare(b.eventId))
    .map(({ name, eventId, step, occurredAt }) => ({ name, eventId, step, occurredAt }));

async function list(event: ProxyEvent, table: Table, caller: Caller): Promise<ProxyResponse> {
  const request = listRequestOf(event);
  const { key } = request;
  const { items, next } =
    key === undefined
      ? await listRequests(table, caller.tenant, request)
      : await listByKey(table, caller.isOperator ? undefined : caller.tenant, { ...request, key });
  const listed = items as readonly (Item & Listed)[];
  return json(200, {
    requests: listed.filter((item) => isVisible(item, caller)).map(headOf),
    ...(next !== undefined && { cursor: encodeCursor(next) }),
  });
}

/** What an index holds of a summary, and so all that a list may show. */
type Listed = Readonly<Record<(typeof LISTED)[number], Value>>;

const isVisible = ({ tenant }: Listed, caller: Caller) =>
  caller.isOperator || tenant === caller.tenant || isCallerless(String(tenant));

/** In a fixed order of keys: DynamoDB's maps have no order. */
const stepsOf = (steps: readonly StepState[]) =>
  steps.map(({ step, status, count, progress, attempts, startedAt, finishedAt, error, compensation }) => ({
    step,
    status,
    ...(count !== undefined && { count }),
    ...(progress && { progress: { came: progress.came, of: progress.of } }),
    attempts,
    startedAt,
    finishedAt,
    ...(error && { error }),
    ...(compensation && { compensation }),
  }));

const headOf = ({ requestId, correlationId, flow, status, createdAt, updatedAt }: Listed) => ({
  requestId,
  correlationId,
  flow,
  status,
  createdAt,
  updatedAt,
});
