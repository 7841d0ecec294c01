import { seconds } from "../model/duration.ts";
import type { Admission } from "../model/flow.ts";
import { behind } from "../protocol/admission.ts";
import { admissionKey, expiry } from "../protocol/table.ts";
import { failureFields, failureOf } from "./errors.ts";
import { HttpProblem } from "./http/problem.ts";
import type { Logger } from "./logging/logger.ts";
import { absent, any, type Clock, compare, type Table } from "./ports.ts";

/**
 * A flow that declares `admission` refuses requests while it is behind. Its steps see how long their messages waited, and write until
 * when the flow is closed; its triggers read that. Nothing opens it: the time passes unless a step writes a later one. Whatever fails leaves
 * the triggers open.
 */

/** How long the triggers stay closed after a message that waited too long: the time for the next one to come up. */
const GRACE_MS = 60_000;
/** Most that a message's own wait keeps the triggers closed. */
const LONGEST_HIDDEN_MS = 600_000;
/** A later time is written only if it is this much later. */
const STEP_MS = 15_000;
/** How long a trigger relies on what it read. */
const KEPT_MS = 10_000;
const CLOSED_UNTIL = "closedUntil";
const DAY_SECONDS = 86_400;

interface Services {
  readonly table: Pick<Table, "get" | "write">;
  readonly clock: Clock;
}

/** @param message one that no attempt has been made of; times in ms since the epoch */
export type ReportWait = (message: { readonly sentAt: number; readonly until: number }, log: Logger) => Promise<void>;

/**
 * The side of the steps.
 * @param flow its first name
 * @returns what closes the triggers when a message has waited longer than it may. Never rejects.
 */
export function waitReporter({ table, clock }: Services, flow: string, { oldest }: Admission): ReportWait {
  const bound = seconds(oldest) * 1_000;
  let written = 0;
  return async ({ sentAt, until }, log) => {
    const now = clock.now();
    const closedUntil = Math.min(until, now + LONGEST_HIDDEN_MS) + GRACE_MS;
    if (now - sentAt <= bound || closedUntil < written + STEP_MS) return;
    try {
      written = closedUntil;
      await table.write(
        admissionKey(flow),
        { set: { [CLOSED_UNTIL]: closedUntil, ...expiry(closedUntil, DAY_SECONDS) } },
        any(absent(CLOSED_UNTIL), compare(CLOSED_UNTIL, "<", closedUntil)),
      );
      log.warn("the flow is behind; it refuses requests", { waitedSeconds: Math.round((now - sentAt) / 1_000) });
    } catch (error) {
      written = 0;
      log.warn("the flow is behind, and its triggers stay open: it could not be written", failureFields(failureOf(error)));
    }
  };
}

/** @returns whole seconds until the flow takes requests again; `undefined` where it does. Never rejects. @param flow its first name */
export type RetryAfter = (flow: string) => Promise<number | undefined>;

/** The side of the triggers. */
export function retryAfterOf({ table, clock }: Services, log: Logger): RetryAfter {
  const known = new Map<string, { readonly at: number; readonly closedUntil: number }>();
  return async (flow) => {
    let kept = known.get(flow);
    if (!kept || clock.now() - kept.at > KEPT_MS) {
      kept = { at: clock.now(), closedUntil: await closedUntil(flow) };
      known.set(flow, kept);
    }
    const left = kept.closedUntil - clock.now();
    return left > 0 ? Math.ceil(left / 1_000) : undefined;
  };

  async function closedUntil(flow: string): Promise<number> {
    try {
      return Number((await table.get(admissionKey(flow)))?.[CLOSED_UNTIL] ?? 0);
    } catch (error) {
      log.warn("whether the flow is behind can't be read; it takes requests", failureFields(failureOf(error)));
      return 0;
    }
  }
}

/** @throws HttpProblem 503 @param leastSeconds a cache answers a caller who comes back sooner */
export function assertAdmitted(retryAfter: number | undefined, leastSeconds = 0): void {
  if (retryAfter === undefined) return;
  const wait = Math.max(retryAfter, leastSeconds);
  throw new HttpProblem(503, "Service Unavailable", behind(String(wait)), { "retry-after": String(wait) });
}
