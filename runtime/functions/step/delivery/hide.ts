import { failureOf } from "../../../errors.ts";
import { EXPIRY_MARGIN_SECONDS, LONGEST_HIDE_SECONDS, QUEUE_RETENTION_SECONDS } from "../../../limits.ts";
import type { Services } from "../../../services.ts";
import type { Run } from "./run.ts";

/** For what passes between SQS's receive and the invocation, which counts towards its 12 hours. */
const SLACK_SECONDS = 30;

/**
 * Keeps the message hidden, so that it comes back then. Should that fail, the queue's own visibility timeout brings it back.
 * Without effect where delivery is direct: Lambda knows its own waits.
 * @returns the seconds it waits, cut to what SQS allows
 */
export async function hide(services: Services, { arrival, log }: Run, seconds: number): Promise<number> {
  const { message, beganAt } = arrival;
  const { queueUrl } = services.environment;
  if (!message || queueUrl === undefined) return seconds;
  const spent = Math.ceil((services.clock.now() - beganAt) / 1_000);
  const allowed = Math.max(0, Math.min(Math.ceil(seconds), LONGEST_HIDE_SECONDS - SLACK_SECONDS - spent));
  try {
    await services.queue.hide(queueUrl, message.receiptHandle, allowed);
  } catch (error) {
    log.warn("message could not be hidden; it comes back when its queue says so", { code: failureOf(error).code });
  }
  return allowed;
}

/** Tells whether SQS would drop the message before, or soon after, it comes back: an expired message is not dead-lettered. */
export function expiresWithin(services: Services, { arrival }: Run, seconds: number): boolean {
  if (!arrival.message) return false;
  const expiresAt = arrival.message.sentAt + (QUEUE_RETENTION_SECONDS - EXPIRY_MARGIN_SECONDS) * 1_000;
  return services.clock.now() + Math.min(seconds, LONGEST_HIDE_SECONDS) * 1_000 >= expiresAt;
}
