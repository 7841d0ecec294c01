import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { OPS_ROUTES } from "../../protocol/routes.ts";
import type { Decision } from "../shared/api.ts";
import { BULK_VERBS, type Bulk, type BulkVerb, LARGEST_BULK, NAMED_REFUSALS } from "../shared/bulk.ts";
import { ANY_TIME } from "../shared/query.ts";
import { callHub, type HubApi } from "./call-hub.ts";
import { jsonObject } from "./parameters.ts";
import { Problem } from "./problem.ts";
import type { Routes } from "./source.ts";

/** The latest ones that are remembered. */
const REMEMBERED = 20;
/** Calls of the hub in a row that fail for another reason than a refusal, after which the rest is left. */
const MOST_FAILURES = 3;
const THROTTLED = 429;
const WAIT_MS = 1_000;
const MOST_WAITS = 10;

/** What bulk actions need to know of the hub. */
export interface BulkSource {
  /** Ids of the open dead letters of a request. */
  readonly openDeadLetters: (requestId: string) => Promise<readonly string[]>;
  /** Ids of the requests that match, the newest first. @default the whole of a query can't be taken */
  readonly matching?: (query: string, asOf: string, limit: number) => readonly string[];
  /** The hub's clock, ms since the epoch. */
  readonly now: () => number;
}

/** Decides on many requests through the ops API, with its roles and its audit trail. Kept in this process: each decision is in the audit trail. */
export function bulkRoutes(hub: HubApi, source: BulkSource): Routes {
  const bulks: { bulk: Bulk; stop?: string }[] = [];

  async function run(record: (typeof bulks)[number], ids: readonly string[]): Promise<void> {
    let failures = 0;
    for (const requestId of ids) {
      if (record.stop !== undefined) break;
      const { bulk } = record;
      const refused = await withRetries(() => decide(bulk, requestId)).then(
        (text) => {
          failures = 0;
          return text;
        },
        (error: unknown) => {
          const isRefusal = error instanceof Problem && error.status < 500 && error.status !== THROTTLED && error.status !== 403;
          failures = isRefusal ? 0 : failures + 1;
          return error instanceof Error ? error.message : String(error);
        },
      );
      const { done, refused: before, refusals } = record.bulk;
      record.bulk = {
        ...record.bulk,
        done: done + 1,
        ...(refused !== undefined && {
          refused: before + 1,
          refusals: [...refusals, { requestId, refused }].slice(0, NAMED_REFUSALS),
        }),
      };
      if (failures >= MOST_FAILURES) record.stop = `${failures} calls in a row failed`;
    }
    const { stop } = record;
    const isWhole = record.bulk.done === record.bulk.total;
    record.bulk = { ...record.bulk, state: isWhole ? "done" : "stopped", ended: isWhole ? "" : (stop ?? "") };
  }

  /** @returns why it was refused. @throws Problem with the API's detail */
  async function decide({ verb, why }: Bulk, requestId: string): Promise<string | undefined> {
    if (verb === "cancel") {
      await callHub(hub, OPS_ROUTES.cancel, { values: { requestId }, body: JSON.stringify({ reason: why }) });
      return undefined;
    }
    const ids = await source.openDeadLetters(requestId);
    if (ids.length === 0) return "it has no open dead letter";
    const { results } = (await callHub(hub, OPS_ROUTES.redrive, { body: JSON.stringify({ ids, reason: why }) })) as {
      readonly results: readonly Decision[];
    };
    const refusals = results.flatMap(({ id, refused }) => (refused === undefined ? [] : [`dead letter ${id}: ${refused}`]));
    return refusals.length === 0 ? undefined : refusals.join("; ");
  }

  return {
    "GET /api/bulk": () => ({ bulks: bulks.map(({ bulk }) => bulk) }),
    "POST /api/bulk": ({ body }): Bulk => {
      const { verb, query, why, ids } = orderOf(body, source);
      const startedAt = new Date(source.now()).toISOString();
      const bulk: Bulk = {
        ...{ id: randomUUID(), verb, query, why, state: "running", ended: "", total: ids.length },
        ...{ done: 0, refused: 0, refusals: [], startedAt },
      };
      const record = { bulk };
      bulks.unshift(record);
      for (const [n, { bulk }] of [...bulks.entries()].reverse())
        if (n >= REMEMBERED && bulk.state !== "running") bulks.splice(n, 1);
      void run(record, ids);
      return bulk;
    },
    "POST /api/bulk/*/stop": ({ parameters: [id] }): Bulk => {
      const found = bulks.find(({ bulk }) => bulk.id === id);
      if (!found) throw new Problem(404, "There is no such bulk action. The console's server has restarted, or it is long over.");
      found.stop ??= "by hand";
      return found.bulk;
    },
  };
}

/** Calls again while the API has too many calls. */
async function withRetries<T>(call: () => Promise<T>): Promise<T> {
  for (let waits = 0; ; waits += 1)
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== THROTTLED || waits === MOST_WAITS) throw error;
      await setTimeout(WAIT_MS);
    }
}

/** @throws Problem 400 */
function orderOf(body: string, { matching }: BulkSource) {
  const { verb, reason, requestIds, query, asOf } = jsonObject(body);
  if (!(BULK_VERBS as readonly unknown[]).includes(verb)) throw new Problem(400, `verb is not one of ${BULK_VERBS.join(", ")}.`);
  if (typeof reason !== "string" || reason.trim() === "") throw new Problem(400, "reason is missing. Say why.");
  const isListed = Array.isArray(requestIds) && requestIds.every((id: unknown) => typeof id === "string");
  if (isListed === (typeof query === "string")) throw new Problem(400, "Give either requestIds, a list of ids, or query.");
  if (!isListed && matching === undefined)
    throw new Problem(400, "The API of a deployed stack does not list the whole of a query at once. Choose requests one by one.");
  const ids = isListed
    ? [...new Set(requestIds as readonly string[])]
    : (matching?.(String(query), typeof asOf === "string" ? asOf : ANY_TIME, LARGEST_BULK + 1) ?? []);
  if (ids.length === 0) throw new Problem(400, "No request is chosen.");
  if (ids.length > LARGEST_BULK)
    throw new Problem(400, `More than ${LARGEST_BULK} requests are chosen. Add a filter, such as from: and to:.`);
  return { verb: verb as BulkVerb, why: reason, query: isListed ? "" : String(query), ids };
}
