import { parseDuration, seconds } from "../duration.ts";
import type { Flow } from "../flow.ts";
import { SYNC_MARGIN, SYNC_TIMEOUT, type SyncTrigger } from "../sync.ts";
import { checkTimeouts } from "./adapter-timeouts.ts";
import { checkDuration, checkMemory, checkSchema, checkWholeNumber } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** The gateway waits for 29 seconds, so the function has to answer earlier. Seconds. */
const TIMEOUT = [SYNC_MARGIN + 1, 28] as const;
/** API Gateway's cache. Seconds. */
const CACHE = [1, 3_600] as const;
/** Of one function; the account's own limit may be lower. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const CONCURRENCY = [1, 1_000] as const;

interface Placed {
  readonly where: string;
  readonly trigger: SyncTrigger;
}

/** Settings of synchronous endpoints; their routes, events and adapters are checked with all others. */
export function* checkSync(flow: Flow): Iterable<Problem> {
  for (const [name, trigger] of Object.entries(flow.triggers)) {
    if (trigger.kind !== "sync") continue;
    const where = placeIn(flow, `trigger ${name}`);
    yield* checkDuration({ where: `${where}, timeout`, value: trigger.timeout, within: TIMEOUT });
    yield* checkMemory({ where: `${where}, memory`, value: trigger.memory });
    yield* checkBudget({ where: `${where}, uses`, trigger });
    yield* checkProvisioned({ where, trigger });
    yield* checkCache({ where: `${where}, cache`, trigger });
    yield* checkSchemas({ where, trigger });
  }
}

/** The handler must have time left to answer. */
function checkBudget({ where, trigger: { uses = {}, timeout = SYNC_TIMEOUT } }: Placed): Iterable<Problem> {
  const left = (parseDuration(timeout) ?? seconds(SYNC_TIMEOUT)) - SYNC_MARGIN;
  const remedy = "Shorten the adapters' timeouts, or call them from a step";
  return checkTimeouts({ where, uses, left, who: "its handler", remedy });
}

function* checkProvisioned({ where, trigger: { provisionedConcurrency } }: Placed): Iterable<Problem> {
  if (!provisionedConcurrency) return;
  const { min, max } = provisionedConcurrency;
  yield* checkWholeNumber({ where: `${where}, provisionedConcurrency.min`, value: min, within: CONCURRENCY });
  yield* checkWholeNumber({ where: `${where}, provisionedConcurrency.max`, value: max, within: CONCURRENCY });
  if (min > max) yield problem("RANGE", where, `provisionedConcurrency goes from ${min} to ${max}`, "Give min and a larger max");
}

function* checkCache({ where, trigger: { cache, route } }: Placed): Iterable<Problem> {
  if (cache === undefined) return;
  yield* checkDuration({ where, value: cache, within: CACHE });
  if (!Number.isInteger(parseDuration(cache) ?? 1))
    yield problem("DURATION", where, `"${cache}" is not in whole seconds`, "Give whole seconds");
  if (!route.startsWith("GET "))
    yield problem("ROUTE", where, "the gateway caches responses to GET requests only", "Use GET, or leave cache out");
}

function* checkSchemas({ where, trigger: { request, answers } }: Placed): Iterable<Problem> {
  for (const [part, value] of Object.entries({ request, answers })) {
    const problems = [...checkSchema({ where: `${where}, ${part}`, value })];
    yield* problems;
    if (problems.length > 0) return;
  }
}
