import { seconds } from "../../../../model/duration.ts";
import { TerminalError } from "../../../../model/errors.ts";
import { type CountedJoin, countIn, type Join } from "../../../../model/join.ts";
import { JOIN_LIFE_SECONDS, MOST_COUNTED } from "../../../../protocol/limits.ts";
import { expiry, joinGroup, joinKey, joinOutcomeKey, joinPartKey } from "../../../../protocol/table.ts";
import type { ReceivedEvent } from "../../../envelope/cause.ts";
import { joinDeliveryOf } from "../../../ids.ts";
import { LARGEST_COUNTED_BYTES } from "../../../limits.ts";
import { type Clock, type Item, ItemTooLargeError, isNew, type Key, type Table } from "../../../ports.ts";
import { DUE_ATTRIBUTES, dueOf, isDue } from "./join-deadline.ts";
import type { JoinStore } from "./join-store.ts";

/** Which events the join took: written once, so that each rerun of the step gets the same. */
interface Outcome {
  /** `of`, if it has come, then the others in the order of the handler. */
  readonly taken: readonly string[];
  /** How many the join waited for; `null` where `of` has not come. */
  readonly expected: number | null;
  /** The event whose message runs the step. */
  readonly by: string;
  /** Deadline that ended the join, ms since the epoch; `null` where all came before. */
  readonly closedAt: number | null;
  readonly timedOut: boolean;
}
type Parts = readonly { readonly part: string; readonly event: ReceivedEvent }[];

/**
 * Collects the events of a join that counts. Each is an item of its own; the join's record only counts them, so it stays small.
 *
 * An event is stored before it is counted, and counted each time that its message comes: the count is never less than the number of events whose
 * messages are done. When it is high enough, the events themselves are counted, and the outcome is written once.
 */
export function countedJoinStore(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly flow: string;
  readonly step: string;
  /** URL of the step's queue, to which the sweeper sends the first event at the deadline. */
  readonly queueUrl: string | undefined;
  readonly join: Join & Pick<CountedJoin, "counted">;
}): JoinStore {
  const { table, clock, flow, step, join, queueUrl } = options;
  const { field, tolerate } = join.counted;
  const life = () => expiry(clock.now(), JOIN_LIFE_SECONDS);
  const settle = async (key: Key) => {
    await table.write(key, { remove: DUE_ATTRIBUTES });
  };

  return {
    settle,

    async collect(part, event, request, payload) {
      const group = joinGroup.request(request.requestId);
      const key = joinKey(flow, step, group);
      const { eventId } = event.metadata;
      const expected = part === "of" ? expectedBy(payload, event.name) : undefined;
      const item = await counted(key, part, event, expected);
      if (part === "of" && item.of !== eventId) return { kind: "surplus", first: undefined };
      const deadline = join.within !== undefined && item.first === eventId ? Number(item.deadlineAt) : undefined;
      const over = deadline !== undefined && clock.now() >= deadline;
      const isFull = item.expected !== undefined && Number(item.came ?? 0) >= Number(item.expected);
      const isTooLarge = Number(item.bytes ?? 0) > LARGEST_COUNTED_BYTES;
      if (!over && item.closing === undefined && !isFull && !isTooLarge) {
        if (join.within === undefined && isDue(item)) await settle(key);
        return { kind: "open" };
      }
      const closing = over ? ((await table.update(key, { setOnce: { closing: deadline } })) ?? item) : item;
      const known = await outcomeOf(key);
      if (!known && isTooLarge && closing.closing === undefined) throw tooLarge();
      const unused = known && !known.taken.includes(eventId);
      const stored = unused ? [] : await partsIn(key);
      const outcome = known ?? (await decided(key, closing, stored, eventId));
      if (!outcome) return { kind: "open" };
      if (isDue(closing) && !outcome.timedOut) await settle(key);
      if (!outcome.taken.includes(eventId))
        return outcome.closedAt === null ? { kind: "surplus", first: undefined } : { kind: "late" };
      const byId = new Map(stored.map((one) => [one.event.metadata.eventId, one]));
      const parts = outcome.taken.flatMap((id) => byId.get(id) ?? []);
      const came = outcome.taken.length - (outcome.expected === null ? 0 : 1);
      const delivery = joinDeliveryOf(group, 0);
      if (outcome.timedOut)
        return {
          kind: "timed-out",
          key,
          delivery,
          parts,
          missing: missingOf(outcome.expected, came),
          startedAt: Number(closing.startedAt),
          at: Number(outcome.closedAt),
        };
      if (over && outcome.by !== eventId) return { kind: "met" };
      const surplus = stored.filter((one) => one.part === "all" && !outcome.taken.includes(one.event.metadata.eventId));
      return {
        kind: "complete",
        delivery,
        parts,
        missing: Number(outcome.expected) - came,
        surplus: surplus.map((one) => one.event),
      };
    },
  };

  /** @throws TerminalError `JOIN_COUNT` */
  function expectedBy(payload: unknown, event: string): number {
    const expected = countIn(payload, field);
    if (expected !== undefined && Number.isInteger(expected) && expected >= 0 && expected <= MOST_COUNTED) return expected;
    throw new TerminalError(
      `${field} of ${event} asks the join for ${expected ?? "no"} events, and it takes 0 to ${MOST_COUNTED}. Split the request into smaller ones.`,
      { code: "JOIN_COUNT" },
    );
  }

  /** Stores the event, then counts it. @returns the join's record */
  async function counted(key: Key, part: string, event: ReceivedEvent, expected: number | undefined): Promise<Item> {
    const { eventId } = event.metadata;
    const now = clock.now();
    const text = JSON.stringify(event);
    const stored = await keep(joinPartKey(key, eventId), part, text);
    const deadlineAt = now + seconds(join.within ?? "0 seconds") * 1_000;
    const deadline = join.within && {
      ...{ first: eventId, startedAt: now, deadlineAt },
      ...dueOf(key, deadlineAt, queueUrl),
    };
    const item = await table.update(key, {
      set: life(),
      setOnce: { ...(expected !== undefined && { of: eventId, expected }), ...deadline },
      add: { came: part === "all" ? 1 : 0, bytes: stored ? Buffer.byteLength(text) : 0 },
    });
    if (!item) throw new Error("an update without a condition was refused");
    return item;
  }

  /** @returns whether it was not stored before */
  async function keep(key: Key, part: string, text: string): Promise<boolean> {
    try {
      return await table.write(key, { set: { part, event: text, ...life() } }, isNew);
    } catch (error) {
      throw error instanceof ItemTooLargeError ? tooLarge(error) : error;
    }
  }

  /** In the order in which the events happened. */
  async function partsIn({ pk }: Key): Promise<Parts> {
    const items = await table.query(pk);
    const parts = items.flatMap(({ part, event }) =>
      typeof event === "string" ? [{ part: String(part), event: JSON.parse(event) as ReceivedEvent }] : [],
    );
    const placeOf = ({ event: { metadata } }: Parts[number]) => `${metadata.occurredAt} ${metadata.eventId}`;
    return parts.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  }

  async function outcomeOf(key: Key): Promise<Outcome | undefined> {
    const item = await table.get(joinOutcomeKey(key));
    return item && (JSON.parse(String(item.outcome)) as Outcome);
  }

  /** @returns `undefined` where a message that came twice was counted twice, and an event is missing still */
  async function decided(key: Key, item: Item, stored: Parts, by: string): Promise<Outcome | undefined> {
    const all = stored.filter(({ part }) => part === "all").map(({ event }) => event.metadata.eventId);
    const expected = item.expected === undefined ? undefined : Number(item.expected);
    const closedAt = item.closing === undefined ? null : Number(item.closing);
    const fits = Number(item.bytes ?? 0) <= LARGEST_COUNTED_BYTES;
    const isEnough = expected !== undefined && fits && all.length >= expected - (closedAt === null ? 0 : tolerate);
    if (!isEnough && closedAt === null) return undefined;
    const outcome: Outcome = {
      taken: [...(item.of === undefined ? [] : [String(item.of)]), ...(isEnough ? all.slice(0, expected) : all)],
      expected: expected ?? null,
      by,
      closedAt,
      timedOut: !isEnough,
    };
    const written = await table.write(joinOutcomeKey(key), { set: { outcome: JSON.stringify(outcome), ...life() } }, isNew);
    return written ? outcome : outcomeOf(key);
  }

  function missingOf(expected: number | null, came: number): readonly string[] {
    const { of, all } = join.parts;
    if (expected === null) return [of?.type ?? ""];
    return [`${Math.max(0, expected - came)} of ${expected} ${all?.type ?? ""}`];
  }
}

const tooLarge = (cause?: unknown) =>
  new TerminalError(
    `the events that the join counts are together more than ${LARGEST_COUNTED_BYTES / 1_024 / 1_024} MB. Publish references to the data.`,
    { code: "JOIN_TOO_LARGE", cause },
  );
