import { type Hold, targetText } from "../../../../protocol/holds.ts";
import { cancellationOf } from "../../../cancellations.ts";
import { nextLook } from "../../../holds.ts";
import type { Services } from "../../../services.ts";
import { HeldError } from "../delivery/errors.ts";
import { present, type Run, type StepMiddleware } from "../delivery/run.ts";

/** Attribute of a message that direct delivery moved into the step's queue because of a hold. */
const HELD = "held";

/**
 * Lets a delivery wait while an operator holds its step, its flow or a third party that it uses. No attempt begins. Lambda can't wait with
 * an event of direct delivery, so it goes to the step's queue, where it waits as others do.
 */
export function waitWhileHeld(services: Services): StepMiddleware {
  return {
    before: ({ event: run }) => {
      const { hold } = run;
      if (hold?.status === "rejected") throw hold.reason;
      return hold?.value && wait(run, hold.value);
    },
  };

  async function wait({ arrival, log, cause }: Run, hold: Hold) {
    const { clock, random, queue, environment, table } = services;
    const { request, compensates } = present(cause, "cause");
    // It does not run, so nothing of it has to wait.
    if (compensates === undefined && (await cancellationOf(table, request.requestId))) return undefined;
    const reason = `${targetText(hold)} is held by ${hold.by} until ${hold.until}`;
    if (arrival.message || environment.queueUrl === undefined) throw new HeldError(reason, nextLook(hold, clock.now(), random()));
    await queue.send(environment.queueUrl, arrival.body, { [HELD]: "true" });
    log.info("moved into the step's queue", { reason });
    return "held";
  }
}
