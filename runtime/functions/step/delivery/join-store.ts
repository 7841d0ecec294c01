import { seconds } from "../../../../model/duration.ts";
import { TerminalError } from "../../../../model/errors.ts";
import type { Join } from "../../../../model/join.ts";
import { JOIN_LIFE_SECONDS } from "../../../../protocol/limits.ts";
import { expiry, joinGenerationKey, joinGroup, joinKey, joinPartKey } from "../../../../protocol/table.ts";
import type { Cause, ReceivedEvent, RequestOfStep } from "../../../envelope/cause.ts";
import { RetryableError } from "../../../errors.ts";
import { hashOf, joinDeliveryOf } from "../../../ids.ts";
import type { Clock } from "../../../ports.ts";
import { absent, all, any, compare, type Item, ItemTooLargeError, type Key, type Table } from "../../../ports.ts";
import { BlockedError } from "./errors.ts";
import { partAttribute as attribute, DUE_ATTRIBUTES, dueOf, isDue } from "./join-deadline.ts";

/** State of a join after one more part. */
export type Collected =
  /** Parts are missing. */
  | { readonly kind: "open" }
  /** Another message of the same event, or the last part, decides on the deadline at this moment. */
  | { readonly kind: "contended" }
  /** The deadline has passed with parts missing. This event came in time. */
  | {
      readonly kind: "timed-out";
      readonly key: Key;
      readonly delivery: string;
      readonly parts: Cause["parts"];
      readonly missing: readonly string[];
      readonly startedAt: number;
      readonly at: number;
    }
  /** This event came after the deadline. */
  | { readonly kind: "late" }
  /** The first part comes again at the deadline, and all parts came in time. The last one continues the delivery. */
  | { readonly kind: "met" }
  /** All parts are there, this event among them. */
  | {
      readonly kind: "complete";
      readonly delivery: string;
      readonly parts: Cause["parts"];
      /** Of a counted join: how many of its events the step runs without. */
      readonly missing?: number;
      /** Of a counted join: events that came before it was complete, and that it did not take. */
      readonly surplus?: readonly ReceivedEvent[];
    }
  /** Another event already is this part. `first`: the part declared first, if it has come. */
  | { readonly kind: "surplus"; readonly first: ReceivedEvent | undefined };

/** Collects the parts of one step's joins. */
export interface JoinStore {
  /**
   * @param part its name in the declaration
   * @param event stored as it came, so that code of any version can read it
   * @param payload in the version that the code declares; it holds the join's field
   * @throws BlockedError `JOIN_KEY` when the event lacks the join's field; TerminalError `JOIN_TOO_LARGE` when the parts exceed an item;
   *   RetryableError `JOIN_CONTENDED`
   */
  collect(part: string, event: ReceivedEvent, request: RequestOfStep, payload: unknown): Promise<Collected>;
  /** Takes a join off the sweeper's list: it is complete, or its timeout is published. */
  settle(key: Key): Promise<void>;
}

const LONGEST_VALUE = 512;
const TRIES = 10;

/** One set of parts of a join. */
interface Found {
  readonly key: Key;
  readonly generation: number;
  readonly item: Item;
  /** The event was added just now. */
  readonly added?: true;
}

export function joinStore(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly flow: string;
  readonly step: string;
  /** URL of the step's queue, to which the sweeper sends the first part at the deadline. */
  readonly queueUrl: string | undefined;
  readonly join: Join;
  /** Whether the request is cancelled that the event belongs to. */
  readonly isCancelled: (event: ReceivedEvent) => Promise<boolean>;
}): JoinStore {
  const { table, clock, flow, step, join, queueUrl, isCancelled } = options;
  const names = Object.keys(join.parts);
  const life = () => expiry(clock.now(), JOIN_LIFE_SECONDS);

  const partsOf = (item: Item): Cause["parts"] =>
    names.flatMap((part) => {
      const text = item[attribute(part)];
      return typeof text === "string" ? [{ part, event: JSON.parse(text) as ReceivedEvent }] : [];
    });

  const settle = async (key: Key) => {
    await table.write(key, { remove: DUE_ATTRIBUTES });
  };

  return {
    settle,

    async collect(part, event, request, payload) {
      const value = joinKeyOf(join, { ...event, data: payload }, request);
      const found = await place(joinKey(flow, step, value), part, event);
      const { key, generation } = found;
      const { eventId } = event.metadata;
      const item = join.by === undefined ? found.item : await withoutCancelled(found, part, event);
      const parts = partsOf(item);
      const held = parts.find((candidate) => candidate.part === part);
      if (item.timedOutAt !== undefined && held === undefined) return { kind: "late" };
      if (held?.event.metadata.eventId !== eventId)
        return { kind: "surplus", first: parts.find((candidate) => candidate.part === names[0])?.event };
      const delivery = joinDeliveryOf(value, generation);
      const deadline = join.within !== undefined && item.first === eventId ? Number(item.deadlineAt) : undefined;
      const over = deadline !== undefined && clock.now() >= deadline;
      if (parts.length === names.length) {
        if (isDue(item)) await settle(key);
        return over ? { kind: "met" } : { kind: "complete", delivery, parts };
      }
      if (item.timedOutAt !== undefined) return timedOut(key, item, delivery);
      if (!over) {
        await list(key, item, eventId, deadline);
        return { kind: "open" };
      }
      const ended = await end(key, deadline);
      return ended ? timedOut(key, ended, delivery) : { kind: "contended" };
    },
  };

  /**
   * Adds the event to the set of parts that is open, or finds the set that has it. A value that was never used twice costs one write.
   * @throws RetryableError `JOIN_CONTENDED`
   */
  async function place(first: Key, part: string, event: ReceivedEvent): Promise<Found> {
    const { eventId } = event.metadata;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const added = await add(first, part, event);
      if (added) return { key: first, generation: 0, item: added, added: true };
      const head = await table.get(first);
      const current = Number(head?.current ?? 0);
      // Read after the number of the current set: who raises that has said before to which set each event belongs.
      const known = current > 0 ? await table.get(joinPartKey(first, eventId)) : undefined;
      const generation = known ? Number(known.generation) : current;
      const key = joinGenerationKey(first, generation);
      const further = generation === 0 || known ? undefined : await add(key, part, event);
      const item = generation === 0 ? head : (further ?? (await table.get(key)));
      if (!item) continue;
      const found: Found = { key, generation, item, ...(further && { added: true }) };
      if (known || !(await beginsNext(found, first, part, eventId))) return found;
      await begin(first, found);
    }
    throw new RetryableError("JOIN_CONTENDED", `other functions changed the join ${TRIES} times in a row. It is tried again.`);
  }

  /**
   * Takes the parts of cancelled requests out of a set that has not been handled: the event takes their place, or the set waits for others.
   * A set that was complete before may have been handled, and stays as it is.
   * @returns the set afterwards
   */
  async function withoutCancelled({ key, item, added }: Found, part: string, event: ReceivedEvent): Promise<Item> {
    const parts = partsOf(item);
    const isComplete = parts.length === names.length;
    if (item.timedOutAt !== undefined || isComplete !== (added === true)) return item;
    const others = isComplete ? parts.filter((one) => one.part !== part) : parts.filter((one) => one.part === part);
    const gone = [];
    for (const one of others)
      if (one.event.metadata.eventId !== event.metadata.eventId && (await isCancelled(one.event))) gone.push(one);
    if (gone.length === 0) return item;
    const withdrawn = gone.map((one) => attribute(one.part));
    const isFirst = gone.some((one) => one.event.metadata.eventId === item.first);
    const change = {
      set: {
        ...life(),
        ...(!isComplete && { [attribute(part)]: JSON.stringify(event) }),
        ...(isFirst && { first: event.metadata.eventId }),
      },
      ...(isComplete && { remove: withdrawn }),
    };
    const unchanged = withdrawn.map((name) => compare(name, "=", String(item[name])));
    const open = isComplete ? [] : [any(...names.map((name) => absent(attribute(name))))];
    const left = await table.update(key, change, all(...unchanged, ...open, absent("timedOutAt"), absent("current")));
    return left ?? (await table.get(key)) ?? item;
  }

  /** @returns whether the event belongs to the set after this one */
  async function beginsNext({ key, generation, item }: Found, first: Key, part: string, eventId: string): Promise<boolean> {
    if (join.by === undefined || join.once) return false;
    const parts = partsOf(item);
    if (parts.some(({ event }) => event.metadata.eventId === eventId)) return false;
    if (item.timedOutAt === undefined) return parts.length === names.length;
    if (parts.some((one) => one.part === part)) return true;
    // The first to come late in a missing part's place is what the join waited for.
    const late = (await table.update(key, { set: { [lateAttribute(part)]: eventId } }, absent(lateAttribute(part)))) ?? item;
    const held = late[lateAttribute(part)] ?? (await table.get(key))?.[lateAttribute(part)];
    if (held !== eventId) return true;
    await mark(first, generation, eventId);
    return false;
  }

  /** Says to which set an event belongs, for a message that comes again when another set is open. */
  async function mark(first: Key, generation: number, eventId: string): Promise<void> {
    await table.write(joinPartKey(first, eventId), { set: { generation, ...life() } });
  }

  /** Opens the next set of parts. Repeated and concurrent calls do it once. */
  async function begin(first: Key, { generation, item }: Found): Promise<void> {
    for (const { event } of partsOf(item)) await mark(first, generation, event.metadata.eventId);
    await table.write(
      first,
      { set: { current: generation + 1, ...life() } },
      generation === 0 ? absent("current") : compare("current", "=", generation),
    );
  }

  function timedOut(key: Key, item: Item, delivery: string): Collected {
    const parts = partsOf(item);
    return {
      kind: "timed-out",
      key,
      delivery,
      parts,
      missing: names.filter((name) => !parts.some(({ part }) => part === name)),
      startedAt: Number(item.startedAt),
      at: Number(item.timedOutAt),
    };
  }

  /**
   * A first part that came before the table held deadlines waits in the queue: its message returns once and is listed. A deadline that the code
   * no longer declares is taken off the list.
   */
  async function list(key: Key, item: Item, eventId: string, deadline: number | undefined): Promise<void> {
    if (deadline !== undefined && !isDue(item, deadline)) await table.write(key, { set: dueOf(key, deadline, queueUrl) });
    else if (join.within === undefined && isDue(item) && item.first === eventId) await settle(key);
  }

  /** Closes the join. The table decides whether this or the last part wins. */
  function end(key: Key, deadline: number): Promise<Item | undefined> {
    return table.update(
      key,
      { set: { timedOutAt: deadline } },
      all(compare("deadlineAt", "<=", clock.now()), absent("timedOutAt"), any(...names.map((part) => absent(attribute(part))))),
    );
  }

  async function add(key: Key, part: string, event: ReceivedEvent): Promise<Item | undefined> {
    try {
      const now = clock.now();
      const deadlineAt = now + seconds(join.within ?? "0 seconds") * 1_000;
      const deadline = join.within && {
        ...{ first: event.metadata.eventId, startedAt: now, deadlineAt },
        ...dueOf(key, deadlineAt, queueUrl),
      };
      return await table.update(
        key,
        {
          set: { [attribute(part)]: JSON.stringify(event), ...life() },
          ...(deadline && { setOnce: deadline }),
        },
        all(absent(attribute(part)), absent("timedOutAt"), absent("current")),
      );
    } catch (error) {
      if (!(error instanceof ItemTooLargeError)) throw error;
      throw new TerminalError("the join's parts together are more than the 400 KB of an item. Publish references to the data.", {
        code: "JOIN_TOO_LARGE",
        cause: error,
      });
    }
  }
}

const lateAttribute = (part: string) => `late:${part}`;

/**
 * Key of a join: parts with the same key belong together; docs/internals.md, "State table".
 * @param join `by` is the common field, `undefined` for parts of the same request
 * @throws BlockedError `JOIN_KEY` when the event lacks the field
 */
function joinKeyOf(
  { by, acrossTenants }: Pick<Join, "by" | "acrossTenants">,
  event: ReceivedEvent,
  request: RequestOfStep,
): string {
  if (by === undefined) return joinGroup.request(request.requestId);
  const value = (event.data as Readonly<Record<string, unknown>> | null)?.[by];
  if ((typeof value !== "string" && typeof value !== "number") || value === "") {
    throw new BlockedError(
      "JOIN_KEY",
      `${event.name} has no ${by}, the field of the join. Make it a required field, and deploy.`,
    );
  }
  const text = String(value);
  // A partition key holds 2,048 bytes.
  return joinGroup.value(acrossTenants ? "" : request.tenant, text.length > LONGEST_VALUE ? `sha256:${hashOf([text])}` : text);
}
