import { OPS_ROUTES } from "../../protocol/routes.ts";
import type { AlarmRow, DeadLetterRow } from "../shared/api.ts";
import { catalogueOf, eventPage } from "./catalogue.ts";
import type { DeadLetterQuery } from "./dead-letter-index.ts";
import { graphsOf } from "./declared.ts";
import type { Feed } from "./feed.ts";
import { flowPage } from "./flow-page.ts";
import type { ShownHub } from "./hub-port.ts";
import { logQueryOf } from "./log-stream.ts";
import { callOps } from "./ops.ts";
import { overviewOf, partyOverview } from "./overview.ts";
import { queueNames, stepParts } from "./parts.ts";
import { Problem } from "./problem.ts";
import { LARGEST_PAGE } from "./request-index.ts";
import { payloadAt, requestView } from "./request-view.ts";
import { sendable, sent } from "./send.ts";
import { groupNotes, stateTable } from "./state-table.ts";

/** One call of the console's API. */
interface Call {
  readonly hub: ShownHub;
  readonly feed: Feed;
  /** Of the route's pattern, in order. */
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** JSON; `""` for GET. */
  readonly body: string;
}
type Answer = (call: Call) => unknown;

/** `*` in a path is one parameter. Every POST changes something: the page's token must come with it. */
export const ROUTES: Readonly<Record<string, Answer>> = {
  "GET /api/overview": ({ hub, feed }) => overviewOf(hub, feed),
  "GET /api/flows": ({ hub }) => ({ flows: graphsOf(hub) }),
  "GET /api/flows/*": ({ hub, feed, parameters: [flow = ""] }) => existing(flowPage(hub, feed, flow), `flow ${flow}`),
  "GET /api/flows/*/steps/*/parts": ({ hub, parameters: [flow = "", step = ""] }) =>
    existing(stepParts(hub, flow, step), `step ${flow}/${step}`),
  "GET /api/third-parties/*": ({ hub, parameters: [name = ""] }) =>
    partyOverview(hub, name).catch(() => existing(undefined, `third party ${name}`)),
  "GET /api/catalogue": ({ hub }) => catalogueOf(hub),
  "GET /api/events/*": ({ hub, feed, parameters: [name = ""] }) => existing(eventPage(hub, feed, name), `event ${name}`),
  "GET /api/payloads/*": ({ hub, parameters: [place = ""] }) =>
    existing(
      payloadAt(hub, wholeNumber("place", place, 0, Number.MAX_SAFE_INTEGER)),
      "event in the archive; it may have expired",
    ),
  "GET /api/requests": ({ hub, feed, query }) =>
    feed.requests.page({
      query: query.get("q") ?? "",
      offset: wholeNumber("offset", query.get("offset") ?? "0", 0, 10_000_000),
      limit: wholeNumber("limit", query.get("limit") ?? "100", 1, LARGEST_PAGE),
      asOf: query.get("asOf") ?? "9",
      rowsOnly: query.has("rowsOnly"),
      now: hub.now(),
    }),
  "GET /api/requests/*": async ({ hub, feed, parameters: [requestId = ""] }) =>
    existing(await requestView(hub, feed, requestId), "request, or the ledger has not recorded it yet"),
  "GET /api/dead-letters": async ({ hub, feed, query }) => {
    const page = feed.deadLetters.page(
      filterOf(query),
      wholeNumber("offset", query.get("offset") ?? "0", 0, 10_000_000),
      wholeNumber("limit", query.get("limit") ?? "100", 1, LARGEST_PAGE),
    );
    const notes = await groupNotes(stateTable(hub));
    return { ...page, groups: page.groups.map((group) => ({ ...group, noted: notes.get(group.id) ?? null })) };
  },
  "POST /api/dead-letter-groups/*": ({ hub, body, parameters: [id = ""] }) =>
    callOps(hub, OPS_ROUTES.noteGroup, { values: { id }, body }),
  "GET /api/dead-letters/*": async ({ hub, parameters: [id = ""] }) => {
    const shown = (await callOps(hub, OPS_ROUTES.showDeadLetter, { values: { id } })) as DeadLetterRow;
    return { ...shown, requestId: shown.requestId ?? "", correlationId: shown.correlationId ?? "" };
  },
  "GET /api/alarms": ({ hub }): { alarms: readonly AlarmRow[] } => ({ alarms: hub.alarms() }),
  "GET /api/logs": async ({ hub, query }) => {
    const wanted = logQueryOf(query);
    if (wanted.correlationId === undefined && wanted.ids === undefined)
      throw new Problem(400, "The parameter correlationId is missing. Add ?correlationId=…, or ?id=…");
    return { lines: await hub.logs(wanted) };
  },
  "GET /api/queues": ({ hub }) => ({
    queues: Object.fromEntries(queueNames(hub).map((name) => [name, hub.queue(name)?.oldestAgeSeconds ?? 0])),
  }),
  "GET /api/send": ({ hub }) => ({ triggers: sendable(hub) }),
  "POST /api/send": ({ hub, body }) => sent(hub, body),
  "POST /api/dead-letters/redrive": ({ hub, body }) => callOps(hub, OPS_ROUTES.redrive, { body }),
  "POST /api/dead-letters/discard": ({ hub, body }) => callOps(hub, OPS_ROUTES.discard, { body }),
  "POST /api/dead-letters/*/complete": ({ hub, body, parameters: [id = ""] }) =>
    callOps(hub, OPS_ROUTES.complete, { values: { id }, body }),
  "POST /api/dead-letters/*/edit": ({ hub, body, parameters: [id = ""] }) =>
    callOps(hub, OPS_ROUTES.edit, { values: { id }, body }),
  "GET /api/jobs": ({ hub }) => callOps(hub, OPS_ROUTES.listJobs),
  "POST /api/jobs": ({ hub, body }) => callOps(hub, OPS_ROUTES.startJob, { body }),
  "POST /api/jobs/*/stop": ({ hub, body, parameters: [id = ""] }) => callOps(hub, OPS_ROUTES.stopJob, { values: { id }, body }),
  "GET /api/holds": ({ hub }) => callOps(hub, OPS_ROUTES.listHolds),
  "POST /api/holds": ({ hub, body }) => callOps(hub, OPS_ROUTES.hold, { body }),
  "POST /api/holds/release": ({ hub, body }) => callOps(hub, OPS_ROUTES.release, { body }),
  "POST /api/requests/*/cancel": ({ hub, body, parameters: [requestId = ""] }) =>
    callOps(hub, OPS_ROUTES.cancel, { values: { requestId }, body }),
  "POST /api/requests/*/run-again": ({ hub, body, parameters: [requestId = ""] }) =>
    callOps(hub, OPS_ROUTES.runAgain, { values: { requestId }, body }),
  "GET /api/audit": ({ hub, query }) => callOps(hub, OPS_ROUTES.audit, { query }),
  "GET /api/dead-letters-ids": ({ feed, query }) => {
    const { state: _, ...filter } = filterOf(query);
    return { ids: feed.deadLetters.openIds(filter, wholeNumber("limit", query.get("limit") ?? "1000", 1, 10_000)) };
  },
};

function existing<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Problem(404, `There is no such ${what}.`);
  return found;
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Problem(400, `The parameter ${name} is not a whole number from ${least} to ${most}.`);
}

const FILTERS = ["state", "flow", "step", "cause"] as const;
const filterOf = (query: URLSearchParams): DeadLetterQuery =>
  Object.fromEntries(FILTERS.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? ""]] : [])));
