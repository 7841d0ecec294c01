import type { FlowTargets } from "../../../protocol/dead-letter.ts";
import { DUE_JOINS, duePosition, INDEXES } from "../../../protocol/table.ts";
import { type Backoff, waitOf } from "../../backoff.ts";
import { failureOf } from "../../errors.ts";
import type { Logger } from "../../logging/logger.ts";
import { compare, type Item, type Key } from "../../ports.ts";
import type { Services } from "../../services.ts";
import { decideOnAll } from "../dead-letters/decide.ts";
import { dueOf, type FirstPart, firstPartOf, queueName } from "../step/delivery/join-deadline.ts";

/** Joins that one run looks at, the longest due first. */
const AT_ONCE = 4_000;
/** Between two messages for the same join: the step removes it from the list when it has dealt with the deadline. */
const REPEATS: Backoff = { jitter: "none", base: 60_000, cap: 6 * 3_600_000 };
const [FIRST, LAST] = ["0", "~"];
const { name: INDEX, sort: DUE } = INDEXES.dueDeadLetters;

/**
 * Sends the first part of each join whose deadline has passed to the step's queue again: the step decides with the table whether the join timed
 * out, and publishes it. So the sweeper needs no right to publish, and a message too many changes nothing.
 *
 * @throws AggregateError when all were looked at and some failed
 */
export async function sweepJoins(
  { table, queue, clock }: Pick<Services, "table" | "queue" | "clock">,
  targets: () => Promise<readonly FlowTargets[]>,
  log: Logger,
): Promise<void> {
  const now = clock.now();
  const to = duePosition(new Date(now).toISOString(), LAST);
  const limit = AT_ONCE / DUE_JOINS.length;
  const pages = await Promise.all(
    DUE_JOINS.map((bucket) => table.listed({ index: INDEX, bucket, from: FIRST, to, limit, oldestFirst: true })),
  );
  const due = pages.flatMap(({ items }) => items);
  if (due.length === 0) return;
  const steps = (await targets()).flatMap(({ steps }) => Object.values(steps));
  const queues = new Map(steps.map(({ queueUrl }) => [queueName(queueUrl), queueUrl]));
  const errors: unknown[] = [];
  await decideOnAll(due, async (listed) => {
    try {
      await remind(listed);
    } catch (error) {
      errors.push(error);
    }
  });
  if (errors.length > 0) {
    const { code, message } = failureOf(errors[0]);
    throw new AggregateError(
      errors,
      `${errors.length} of ${due.length} deadlines were not passed on, such as ${code}: ${message}`,
    );
  }

  async function remind({ pk, sk }: Key): Promise<void> {
    const item = await table.get({ pk, sk });
    const position = item?.[DUE];
    if (!item || typeof position !== "string" || position > to) return;
    const [url, first] = [queues.get(String(item.queue)), await firstPartOf(item, table)];
    if (url === undefined || !first) log.warn("the step of a join with a deadline is not deployed; the join waits", { join: pk });
    else await queue.send(url, bodyOf(first), { deadline: new Date(Number(item.deadlineAt)).toISOString() });
    await later(item, position);
  }

  /** After the message is sent: a crash in between sends another one. */
  async function later(item: Item, position: string): Promise<void> {
    const reminders = Number(item.reminders ?? 0) + 1;
    const set = { ...dueOf(item, now + waitOf(REPEATS, reminders, 0), String(item.queue)), reminders };
    await table.write({ pk: item.pk, sk: item.sk }, { set }, compare(DUE, "=", position));
  }
}

/** As EventBridge delivers the event. */
const bodyOf = ({ name, metadata, data }: FirstPart): string =>
  JSON.stringify({ "detail-type": name, time: metadata.occurredAt, detail: { metadata, data } });
