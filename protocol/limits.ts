/** Limits that a deployment sets and the functions rely on, or the other way round. */

const DAY = 86_400;

/** A step's queue keeps a message this long; SQS drops it silently then. Shorter than the dead letters' retention: SQS keeps counting from the first send when it moves a message. */
export const QUEUE_RETENTION_SECONDS = 4 * DAY;
/** A dead-letter queue keeps a message this long; the most that SQS offers. */
export const DEAD_LETTER_RETENTION_SECONDS = 14 * DAY;
/**
 * A message of a dead-letter queue that could not be recorded for so long is sent to the queue again, which keeps the new one for another 14
 * days. SQS counts a message's age from the first send, also when it moves the message.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
 */
export const RENEWED_AFTER_SECONDS = 7 * DAY;
/** The sweeper records messages of dead-letter queues itself that nothing has read for so long. */
export const LEFT_UNREAD_SECONDS = 3_600;
/** How long a delivery record lives: longer than archive and dead-letter queue keep an event, so no replay repeats an effect. */
export const RECORD_LIFE_SECONDS = 45 * DAY;
/** A dead letter that is not sent back this long after it first died is given up; well before its delivery record goes. */
export const REDRIVE_WINDOW_SECONDS = 30 * DAY;
/** The first event of a request is kept this long, so that the request can be run again. */
export const INPUT_LIFE_SECONDS = 30 * DAY;
/** Longest deadline of a join. */
export const LONGEST_DEADLINE_SECONDS = 30 * DAY;
/** How long a join's parts live: longer than the record of their delivery, which may be written as late as its dead letter is sent back. */
export const JOIN_LIFE_SECONDS = RECORD_LIFE_SECONDS + REDRIVE_WINDOW_SECONDS;
/**
 * Receives after which SQS moves a message to the dead letters. A backstop only: the runtime counts attempts itself, and waiting for a
 * slow third party must not use receives up. 1 to 1000.
 */
export const MAX_RECEIVES = 1_000;
/** Longest wait of a caller for the end of its request, in one call: below the 29 seconds after which API Gateway ends the call. */
export const LONGEST_ANSWER_WAIT_SECONDS = 20;
/** Lambda invokes asynchronously three times at most. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export const DIRECT_ATTEMPTS = 3;
/** KB of a request's body, and of a webhook's event with its envelope. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export const LARGEST_BODY_KB = 256;
/** Events that a counted join waits for: its report lists the ids of all, some 40 bytes each, in one event. */
export const MOST_COUNTED = 1_000;
/** KB of a poll's cursor, which stands in an item of the state table. */
export const LARGEST_CURSOR_KB = 32;
/** A poll that a third party has put off for so long fails, so that an alarm rings: as long as messages may wait before one does. */
export const LONGEST_PUT_OFF_SECONDS = 3_600;
