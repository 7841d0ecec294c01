import { seconds } from "../../../../model/duration.ts";
import { TerminalError } from "../../../../model/errors.ts";
import type { Join } from "../../../../model/join.ts";
import { RECORD_LIFE_SECONDS } from "../../../../protocol/limits.ts";
import { expiry, joinGroup, joinKey } from "../../../../protocol/table.ts";
import type { Cause, ReceivedEvent, RequestOfStep } from "../../../envelope/cause.ts";
import { hashOf, joinDeliveryOf } from "../../../ids.ts";
import type { Clock } from "../../../ports.ts";
import { absent, all, any, compare, type Item, ItemTooLargeError, type Key, type Table } from "../../../ports.ts";
import { BlockedError } from "./errors.ts";

/** State of a join after one more part. */
export type Collected =
  /** Parts are missing. `waitUntil`, in ms since the epoch: set for the first part if there is a deadline. */
  | { readonly kind: "open"; readonly waitUntil: number | undefined }
  /** The deadline has passed with parts missing. This event came in time. */
  | {
      readonly kind: "timed-out";
      readonly delivery: string;
      readonly parts: Cause["parts"];
      readonly startedAt: number;
      readonly at: number;
    }
  /** This event came after the deadline. */
  | { readonly kind: "late" }
  /** The part that waited for the deadline finds that all parts came in time. The last one continues the delivery. */
  | { readonly kind: "met" }
  /** All parts are there, this event among them. */
  | { readonly kind: "complete"; readonly delivery: string; readonly parts: Cause["parts"] }
  /** Another event already is this part. `first`: the part declared first, if it has come. */
  | { readonly kind: "surplus"; readonly first: ReceivedEvent | undefined };

/** Collects the parts of one step's joins. */
export interface JoinStore {
  /**
   * @param part its name in the declaration
   * @param event stored as it came, so that code of any version can read it
   * @param payload in the version that the code declares; it holds the join's field
   * @throws BlockedError `JOIN_KEY` when the event lacks the join's field; TerminalError `JOIN_TOO_LARGE` when the parts exceed an item
   */
  collect(part: string, event: ReceivedEvent, request: RequestOfStep, payload: unknown): Promise<Collected>;
}

const LONGEST_VALUE = 512;

export function joinStore(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly flow: string;
  readonly step: string;
  readonly join: Join;
}): JoinStore {
  const { table, clock, flow, step, join } = options;
  const names = Object.keys(join.parts);

  const partsOf = (item: Item): Cause["parts"] =>
    names.flatMap((part) => {
      const text = item[attribute(part)];
      return typeof text === "string" ? [{ part, event: JSON.parse(text) as ReceivedEvent }] : [];
    });

  return {
    async collect(part, event, request, payload) {
      const value = joinKeyOf(join, { ...event, data: payload }, request);
      const key = joinKey(flow, step, value);
      const item = (await add(key, part, event)) ?? (await table.get(key));
      const parts = item ? partsOf(item) : [];
      const held = parts.find((candidate) => candidate.part === part);
      if (item?.timedOutAt !== undefined && held === undefined) return { kind: "late" };
      if (held?.event.metadata.eventId !== event.metadata.eventId) {
        return { kind: "surplus", first: parts.find((candidate) => candidate.part === names[0])?.event };
      }
      const delivery = joinDeliveryOf(value);
      const deadline = item?.first === event.metadata.eventId ? Number(item.deadlineAt) : undefined;
      const over = deadline !== undefined && clock.now() >= deadline;
      if (parts.length === names.length) return over ? { kind: "met" } : { kind: "complete", delivery, parts };
      if (item?.timedOutAt !== undefined) return timedOut(item, delivery);
      if (!over) return { kind: "open", waitUntil: deadline };
      const ended = await end(key, deadline);
      // A part that came at the last moment won; or another message of this event did.
      return ended ? timedOut(ended, delivery) : { kind: "open", waitUntil: clock.now() };
    },
  };

  function timedOut(item: Item, delivery: string): Collected {
    return {
      kind: "timed-out",
      delivery,
      parts: partsOf(item),
      startedAt: Number(item.startedAt),
      at: Number(item.timedOutAt),
    };
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
      const deadline = join.within && {
        first: event.metadata.eventId,
        startedAt: now,
        deadlineAt: now + seconds(join.within) * 1_000,
      };
      return await table.update(
        key,
        {
          set: { [attribute(part)]: JSON.stringify(event), ...expiry(now, RECORD_LIFE_SECONDS) },
          ...(deadline && { setOnce: deadline }),
        },
        all(absent(attribute(part)), absent("timedOutAt")),
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

/** Not a nested map: an update of one entry would need the map to exist. */
const attribute = (part: string) => `part:${part}`;

/**
 * Key of a join: parts with the same key belong together; docs/architecture.md, "State table".
 * @param join `by` is the common field, `undefined` for parts of the same request
 * @throws BlockedError `JOIN_KEY` when the event lacks the field
 */
export function joinKeyOf(
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
