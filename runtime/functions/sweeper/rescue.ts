import type { FlowTargets } from "../../../protocol/dead-letter.ts";
import { LEFT_UNREAD_SECONDS } from "../../../protocol/limits.ts";
import { failureOf } from "../../errors.ts";
import type { SqsRecord } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import { inScope } from "../../logging/scope.ts";
import type { Clock, Queue, QueueReader } from "../../ports.ts";

/** Dead-letter queues that one run looks into, one after the other run by run. Each look is a request. */
const QUEUES_AT_ONCE = 20;
const MINUTE = 60_000;

interface Ports {
  readonly clock: Clock;
  readonly queue: Queue;
  readonly reader: QueueReader;
  readonly targets: () => Promise<readonly FlowTargets[]>;
  /** Records a message, or sends it to the queue again. @throws when neither was done */
  readonly record: (record: SqsRecord) => Promise<void>;
  readonly log: Logger;
}

/**
 * Records messages that lie in dead-letter queues because nothing reads these: the recorder's event source mapping is disabled, or its role may
 * not read the queue. Younger ones go back at once, for the recorder.
 */
export async function rescue({ clock, queue, reader, targets, record, log }: Ports): Promise<void> {
  const flows = await targets();
  const first = (Math.floor(clock.now() / MINUTE) * QUEUES_AT_ONCE) % Math.max(1, flows.length);
  for (const { deadLetterUrl: url, deadLetterArn } of [...flows.slice(first), ...flows.slice(0, first)].slice(
    0,
    QUEUES_AT_ONCE,
  )) {
    if (url === undefined) continue;
    try {
      for (const message of await reader.receive(url)) {
        const age = clock.now() - Number(message.attributes.SentTimestamp);
        if (age < LEFT_UNREAD_SECONDS * 1_000) await queue.hide(url, message.receiptHandle, 0);
        else {
          await inScope(() => record({ ...message, eventSourceARN: deadLetterArn }));
          await reader.remove(url, message.receiptHandle);
          log.warn("dead letter recorded in the recorder's place", { messageId: message.messageId });
        }
      }
    } catch (error) {
      // The message comes back after the visibility timeout; the next queue may fare better.
      log.error("dead-letter queue could not be read", { code: failureOf(error).code, queue: deadLetterArn });
    }
  }
}
