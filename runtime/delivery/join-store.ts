import { TerminalError } from "../../model/errors.ts";
import type { Join } from "../../model/join.ts";
import { hashOf, joinDeliveryOf } from "../ids.ts";
import { RECORD_LIFE_SECONDS } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import { absent, type Item, ItemTooLargeError, type Key, type Table } from "../ports/table.ts";
import type { Cause, ReceivedEvent, RequestOfStep } from "./cause.ts";

/** What a join makes of one more part. */
type Collected =
  /** Some parts have not come. */
  | { readonly kind: "open" }
  /** All are there, this very event among them. */
  | { readonly kind: "complete"; readonly delivery: string; readonly parts: Cause["parts"] }
  /** Another event is this part already. `first`: the first-declared part, if it has come. */
  | { readonly kind: "surplus"; readonly first: ReceivedEvent | undefined };

/** Collects the parts of one step's joins. */
export interface JoinStore {
  /**
   * @param part its name in the declaration
   * @throws TerminalError `JOIN_KEY` when it lacks the join's field, `JOIN_TOO_LARGE` when the parts are too large to be held
   */
  collect(part: string, event: ReceivedEvent, request: RequestOfStep): Promise<Collected>;
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
    async collect(part, event, request) {
      const value = joinKeyOf(join.by, event, request);
      const key: Key = { pk: `join#${flow}#${step}#${value}`, sk: "record" };
      const item = (await add(key, part, event)) ?? (await table.get(key));
      const parts = item ? partsOf(item) : [];
      const held = parts.find((candidate) => candidate.part === part);
      if (held?.event.metadata.eventId !== event.metadata.eventId) {
        return { kind: "surplus", first: parts.find((candidate) => candidate.part === names[0])?.event };
      }
      return parts.length < names.length ? { kind: "open" } : { kind: "complete", delivery: joinDeliveryOf(value), parts };
    },
  };

  async function add(key: Key, part: string, event: ReceivedEvent): Promise<Item | undefined> {
    const expiresAt = Math.floor(clock.now() / 1_000) + RECORD_LIFE_SECONDS;
    try {
      return await table.update(key, { set: { [attribute(part)]: JSON.stringify(event), expiresAt } }, absent(attribute(part)));
    } catch (error) {
      if (!(error instanceof ItemTooLargeError)) throw error;
      throw new TerminalError(
        "the join's parts together are more than the 400 KB that can be held. Publish references to the data.",
        {
          code: "JOIN_TOO_LARGE",
          cause: error,
        },
      );
    }
  }
}

/** Not a nested map: an update of one entry needs no map to be there. */
const attribute = (part: string) => `part:${part}`;

/**
 * Which parts belong together; docs/architecture.md, "State table".
 * @param by the common field, `undefined` for parts of the same request
 * @throws TerminalError `JOIN_KEY` when the event lacks the field
 */
export function joinKeyOf(by: string | undefined, event: ReceivedEvent, request: RequestOfStep): string {
  if (by === undefined) return `request#${request.requestId}`;
  const value = (event.data as Readonly<Record<string, unknown>> | null)?.[by];
  if ((typeof value !== "string" && typeof value !== "number") || value === "") {
    throw new TerminalError(`${event.name} has no ${by}, by which it is joined. Fill it in.`, { code: "JOIN_KEY" });
  }
  const text = String(value);
  // A partition key holds 2,048 bytes.
  return `key#${request.tenant}#${text.length > LONGEST_VALUE ? `sha256:${hashOf([text])}` : text}`;
}
