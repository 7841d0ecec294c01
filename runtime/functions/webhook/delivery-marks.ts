import { randomUUID } from "node:crypto";
import { RECORD_LIFE_SECONDS } from "../../../protocol/limits.ts";
import { expiry, webhookKey } from "../../../protocol/table.ts";
import type { Clock } from "../../ports.ts";
import { all, any, compare, type Item, isNew, type Table } from "../../ports.ts";

/** Mark of a delivery; docs/internals.md, "State table". */
export interface Mark {
  /** Of the first call. */
  readonly correlationId: string;
  /** When the first call came, ISO 8601. */
  readonly receivedAt: string;
  /** Id under which the first call came, where only equal content identifies the delivery. */
  readonly sentAs?: string;
}

export type Taken =
  /** This call publishes the event; no other does until its lease ends. */
  | { readonly kind: "taken"; readonly mark: Mark; readonly owner: string }
  | { readonly kind: "done"; readonly mark: Mark }
  /** Another call is publishing it. */
  | { readonly kind: "busy" };

/**
 * Marks make a delivery start one request, however often it is sent: pending before its event is published, done afterwards. If a call
 * fails or crashes in between, the next one publishes the same ids again, which the steps' delivery records absorb.
 */
export interface DeliveryMarks {
  /** @param leaseUntil latest end of the invocation, ms since the epoch */
  take(
    requestId: string,
    first: { readonly correlationId: string; readonly sentAs: string | undefined },
    leaseUntil: number,
  ): Promise<Taken>;
  done(requestId: string, owner: string): Promise<void>;
  /** Lets the next call publish at once. */
  release(requestId: string, owner: string): Promise<void>;
}

/** @param options.flow its first name */
export function deliveryMarks(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly flow: string;
  readonly trigger: string;
}): DeliveryMarks {
  const { table, clock, flow, trigger } = options;
  const keyOf = (requestId: string) => webhookKey(flow, trigger, requestId);
  const ownedBy = (owner: string) => all(compare("owner", "=", owner), compare("state", "=", "pending"));

  return {
    async take(requestId, { correlationId, sentAs }, leaseUntil) {
      const owner = randomUUID();
      const now = clock.now();
      const taken = await table.update(
        keyOf(requestId),
        {
          set: { state: "pending", owner, leaseUntil },
          // As long as delivery records, which hold the event's id.
          setOnce: {
            correlationId,
            receivedAt: new Date(now).toISOString(),
            ...(sentAs !== undefined && { sentAs }),
            ...expiry(now, RECORD_LIFE_SECONDS),
          },
        },
        any(isNew, all(compare("state", "=", "pending"), compare("leaseUntil", "<=", now))),
      );
      if (taken) return { kind: "taken", owner, mark: markOf(taken) };
      const item = await table.get(keyOf(requestId));
      // If the SDK retried after a lost response, it found its own lease.
      if (item?.owner === owner) return { kind: "taken", owner, mark: markOf(item) };
      return item?.state === "done" ? { kind: "done", mark: markOf(item) } : { kind: "busy" };
    },

    async done(requestId, owner) {
      await table.write(keyOf(requestId), { set: { state: "done", leaseUntil: 0 } }, ownedBy(owner));
    },

    async release(requestId, owner) {
      await table.write(keyOf(requestId), { set: { leaseUntil: 0 } }, ownedBy(owner));
    },
  };
}

const markOf = ({ correlationId, receivedAt, sentAs }: Item): Mark => ({
  correlationId: String(correlationId),
  receivedAt: String(receivedAt),
  ...(typeof sentAs === "string" && { sentAs }),
});
