import type { HubWriterEnvironment } from "../../environment.ts";
import { failureOf } from "../../errors.ts";
import type { LambdaHandler } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import { hubWriterServices, type Services } from "../../services.ts";
import type { DeadLetter } from "../dead-letters/dead-letter.ts";
import { deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { type Decisions, decideOnAll, decisionsOn } from "../dead-letters/decide.ts";
import { targetStore } from "../dead-letters/targets.ts";
import { serve } from "../serve.ts";

/** A regular action on open dead letters. */
export interface Sweep {
  /** Most dead letters of one run. The others wait for the next run. */
  readonly limit: number;
  /**
   * Selects from the open dead letters; the last ones are acted on first. Pure.
   * @param open newest first
   * @param now in ms since the epoch
   * @param random 0 up to 1
   */
  select(open: readonly DeadLetter[], now: number, random: number): readonly DeadLetter[];
  /** @returns whether something was done */
  act(decisions: Decisions, deadLetter: DeadLetter): Promise<boolean>;
  /** Logs and measures one run. */
  report(run: SweepRun, to: { readonly services: Services<HubWriterEnvironment>; readonly log: Logger }): void;
}
interface SweepRun {
  readonly open: readonly DeadLetter[];
  /** Dead letters acted on, and those of them where something was done. */
  readonly selected: number;
  readonly done: number;
  readonly now: number;
}

export async function runSweep(sweep: Sweep, services: Services<HubWriterEnvironment>, log: Logger): Promise<void> {
  const store = deadLetterStore(services.table);
  const decisions = decisionsOn(services, store, targetStore(services));
  const now = services.clock.now();
  const open = await store.find({ state: "open" }, Number.POSITIVE_INFINITY, now);
  const selected = sweep.select(open, now, services.random()).slice(-sweep.limit);
  const results = await decideOnAll(selected, (deadLetter) => sweep.act(decisions, deadLetter));
  sweep.report({ open, selected: selected.length, done: results.filter(Boolean).length, now }, { services, log });
}

/**
 * The Lambda handler that runs once a minute. A sweep that fails does not stop the others.
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 * @throws AggregateError when all have run and some failed, so that Lambda counts the error
 */
export function serveSweeper(
  sweeps: readonly Sweep[],
  connect: () => Services<HubWriterEnvironment> = hubWriterServices,
): LambdaHandler {
  return serve(connect, (services, log) => async () => {
    const outcomes = await Promise.allSettled(sweeps.map((sweep) => runSweep(sweep, services, log)));
    const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    for (const { code, message } of errors.map(failureOf))
      log.error("sweep failed; it runs again in a minute", { code, error: message });
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${sweeps.length} sweeps failed`);
  });
}
