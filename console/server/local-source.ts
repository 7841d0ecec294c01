import { LARGEST_CHOICE } from "../../protocol/jobs.ts";
import type { AlarmRow, DeadLetterPage } from "../shared/api.ts";
import { ANY_TIME } from "../shared/query.ts";
import { catalogueOf, eventPage } from "./catalogue.ts";
import { decisionRoutes } from "./decisions.ts";
import { graphsOf } from "./declared.ts";
import { faultsOf, setFault } from "./faults.ts";
import type { Feed } from "./feed.ts";
import { type FlowState, flowPage } from "./flow-page.ts";
import type { ShownHub } from "./hub-port.ts";
import { logQueryOf, streamLogs } from "./log-stream.ts";
import { opsRoutes } from "./ops-routes.ts";
import { overviewOf, partyOverview } from "./overview.ts";
import { deadLetterQueryOf, existing, pageOf, wholeNumber } from "./parameters.ts";
import { queueNames, stepParts } from "./parts.ts";
import { passedEvents, passingOf } from "./passed-events.ts";
import { Problem } from "./problem.ts";
import { outcomesOf, promiseOf } from "./promises.ts";
import { requestSpans } from "./request-spans.ts";
import { payloadAt, requestView } from "./request-view.ts";
import { ruleRoutes } from "./rules.ts";
import { sendable, sent } from "./send.ts";
import type { Routes, Source } from "./source.ts";
import { sparksOf } from "./sparks.ts";
import { groupNotes, stateTable } from "./state-table.ts";

/** The hub on this machine: its index, its state table and its resources. */
export const localSource = (hub: ShownHub, feed: Feed): Source => ({
  deployed: undefined,
  routes: localRoutes(hub, feed),
  now: () => hub.now(),
  flush: () => feed.flush(),
  onChange: (listener) => feed.onChange(listener),
  streamLogs: (query, response) => streamLogs(hub, query, response),
});

const localRoutes = (hub: ShownHub, feed: Feed): Routes => ({
  ...opsRoutes(hub, "local"),
  ...ruleRoutes(hub),
  "GET /api/overview": () => overviewOf(hub, feed),
  "GET /api/flows": () => ({ flows: graphsOf(hub) }),
  "GET /api/flows/*": ({ parameters: [flow = ""] }) => existing(flowPage(hub, flow, flowState(hub, feed, flow)), `flow ${flow}`),
  "GET /api/flows/*/steps/*/parts": ({ parameters: [flow = "", step = ""] }) =>
    existing(stepParts(hub, flow, step), `step ${flow}/${step}`),
  "GET /api/third-parties/*": ({ parameters: [name = ""] }) =>
    partyOverview(hub, name).catch(() => existing(undefined, `third party ${name}`)),
  "GET /api/catalogue": () => catalogueOf(hub),
  ...decisionRoutes(hub),
  "GET /api/events/*": ({ parameters: [name = ""] }) =>
    existing(
      eventPage(hub, name, (limit) => feed.events.latest({ names: [name] }, limit)),
      `event ${name}`,
    ),
  "GET /api/passed-events": ({ query }) => ({ latest: passedEvents(hub, feed.events, passingOf(query)) }),
  "GET /api/payloads/*": ({ parameters: [place = ""] }) =>
    existing(
      payloadAt(hub, wholeNumber("place", place, 0, Number.MAX_SAFE_INTEGER)),
      "event in the archive; it may have expired",
    ),
  "GET /api/requests": ({ query }) =>
    feed.requests.page({
      query: query.get("q") ?? "",
      ...pageOf(query),
      asOf: query.get("asOf") ?? ANY_TIME,
      rowsOnly: query.has("rowsOnly"),
      now: hub.now(),
    }),
  "GET /api/requests-ids": ({ query }) => ({ ids: requestIds(hub, feed, query) }),
  "GET /api/requests-histogram": ({ query }) =>
    feed.requests.histogram({ query: query.get("q") ?? "", asOf: query.get("asOf") ?? ANY_TIME, now: hub.now() }),
  "GET /api/requests/*": async ({ parameters: [requestId = ""] }) =>
    existing(await requestView(hub, feed, requestId), "request, or the ledger has not recorded it yet"),
  "GET /api/requests/*/spans": ({ parameters: [requestId = ""] }) => requestSpans(hub, requestId),
  "GET /api/dead-letters": async ({ query }): Promise<DeadLetterPage> => {
    const { offset, limit } = pageOf(query);
    const wanted = deadLetterQueryOf(query);
    const page = feed.deadLetters.page(wanted, offset, limit);
    const notes = await groupNotes(stateTable(hub));
    const groups = page.groups.map((group) => ({ ...group, noted: notes.get(group.id) ?? null }));
    return { ...page, groups, sparks: sparksOf(feed.deadLetters.firstFailures(wanted), hub.now()) };
  },
  "GET /api/alarms": (): { alarms: readonly AlarmRow[] } => ({ alarms: hub.alarms() }),
  "GET /api/logs": async ({ query }) => {
    const wanted = logQueryOf(query);
    if (wanted.correlationId === undefined && wanted.ids === undefined)
      throw new Problem(400, "The parameter correlationId is missing. Add ?correlationId=…, or ?id=…");
    return { lines: await hub.logs(wanted) };
  },
  "GET /api/queues": () => ({
    queues: Object.fromEntries(queueNames(hub).map((name) => [name, hub.queue(name)?.oldestAgeSeconds ?? 0])),
  }),
  "GET /api/outcomes": ({ query }) => ({
    flows: Object.fromEntries(query.getAll("flow").map((flow) => [flow, outcomesOf(hub, flow)])),
  }),
  "GET /api/faults": () => faultsOf(hub),
  "POST /api/faults": ({ body }) => setFault(hub, body),
  "GET /api/send": () => ({ triggers: sendable(hub) }),
  "POST /api/send": ({ body }) => sent(hub, body),
  "GET /api/dead-letters-ids": ({ query }) => {
    const { state: _, ...filter } = deadLetterQueryOf(query);
    return { ids: feed.deadLetters.openIds(filter, wholeNumber("limit", query.get("limit") ?? "1000", 1, 10_000)) };
  },
});

/** @throws Problem 400 where a job can't take so many */
function requestIds(hub: ShownHub, feed: Feed, query: URLSearchParams): readonly string[] {
  const asOf = query.get("asOf") ?? ANY_TIME;
  const ids = feed.requests.ids({ query: query.get("q") ?? "", asOf, limit: LARGEST_CHOICE + 1, now: hub.now() });
  if (ids.length > LARGEST_CHOICE)
    throw new Problem(400, `More than ${LARGEST_CHOICE} requests are chosen. Add a filter, such as from: and to:.`);
  return ids;
}

const RECENT_MS = 300_000;

function flowState(hub: ShownHub, feed: Feed, flow: string): FlowState {
  const open = feed.deadLetters.openByStep();
  return {
    counts: feed.requests.byFlow().get(flow) ?? {},
    recent: feed.events.byNameSince(new Date(hub.now() - RECENT_MS).toISOString()),
    openDeadLetters: Object.entries(open).reduce((sum, [place, n]) => (place.startsWith(`${flow}/`) ? sum + n : sum), 0),
    promise: promiseOf(hub, flow, graphsOf(hub).find((graph) => graph.flow === flow)?.slo),
    deadLettersOf: (step) => open[`${flow}/${step}`] ?? 0,
    depth: (step) => stepParts(hub, flow, step)?.queue?.depth ?? undefined,
    retrying: feed.requests.retrying(flow),
    source: hub.sourceOf(flow) ?? null,
  };
}
