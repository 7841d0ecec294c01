import { QUEUE_RETENTION_SECONDS } from "../../../../protocol/limits.ts";
import { failureOf } from "../../../errors.ts";
import { EXPIRY_MARGIN_SECONDS, LONGEST_HIDE_SECONDS } from "../../../limits.ts";
import type { Services } from "../../../services.ts";
import type { Arrival, Run } from "./run.ts";

/** Allowance for the time between the receive and the invocation, which counts towards the 12 hours of SQS. */
const SLACK_SECONDS = 30;

/** From this many receives on, a message waits for 10 minutes at least. With both, it expires before SQS has counted MAX_RECEIVES (protocol/limits.ts). */
const MANY_RECEIVES = 400;
const LEAST_WAIT_THEN_SECONDS = 600;

/**
 * Hides the message for a while. If that fails, it comes back after the queue's own visibility timeout. Without effect where delivery
 * is direct: Lambda chooses the waits.
 * @returns the seconds that the message stays hidden, cut to what SQS allows
 */
export async function hide(services: Services, { arrival, log }: Pick<Run, "arrival" | "log">, seconds: number): Promise<number> {
  const { message, beganAt } = arrival;
  const { queueUrl } = services.environment;
  if (!message || queueUrl === undefined) return seconds;
  const wanted = message.receives < MANY_RECEIVES ? seconds : Math.max(seconds, LEAST_WAIT_THEN_SECONDS);
  const spent = Math.ceil((services.clock.now() - beganAt) / 1_000);
  const allowed = Math.max(0, Math.min(Math.ceil(wanted), LONGEST_HIDE_SECONDS - SLACK_SECONDS - spent));
  try {
    await services.queue.hide(queueUrl, message.receiptHandle, allowed);
  } catch (error) {
    log.warn("message could not be hidden; it comes back after the visibility timeout", { code: failureOf(error).code });
  }
  return allowed;
}

/**
 * True when SQS would drop the message before it comes back, or soon after: SQS does not dead-letter an expired message.
 * @param now in ms since the epoch
 */
export function expiresWithin({ message }: Arrival, now: number, seconds: number): boolean {
  if (!message) return false;
  const expiresAt = message.sentAt + (QUEUE_RETENTION_SECONDS - EXPIRY_MARGIN_SECONDS) * 1_000;
  return now + Math.min(seconds, LONGEST_HIDE_SECONDS) * 1_000 >= expiresAt;
}
