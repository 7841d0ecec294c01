import type { Dice } from "../dice.ts";

interface Random {
  readonly seed: string;
  readonly dice: Dice;
}

/** A request of the runner, and what was deployed when it was sent. */
export interface Order {
  readonly kind: "order" | "refused-order" | "guest";
  readonly correlationId: string;
  readonly idempotencyKey: string;
  readonly path: string;
  /** `until`: the time until which the order waits for its parcel, ms since the epoch by the wall clock. */
  readonly body: { readonly id: string; readonly until?: number; readonly lines?: number; readonly boxes?: number };
  /** Steps that were added before it was sent. */
  readonly audits: number;
}

/** So that an order is under way during several deployments. */
const LONGEST_WAIT_MS = 20_000;
/** Fewer than this many lines: one order in four has none. */
const MOST_LINES = 4;

/** One order in four is refused at its last step. @param now ms since the epoch by the wall clock */
export function orderOf(n: number, audits: number, now: number, { seed, dice }: Random): Order {
  const id = `d-${seed}-${n}`;
  const refused = dice.roll("refused", n) < 1 / 4;
  const until = now + Math.round(dice.roll("waits", n) * LONGEST_WAIT_MS);
  const lines = Math.floor(dice.roll("lines", n) * MOST_LINES);
  const body = { id, mode: refused ? "refused" : "plain", until, lines, boxes: 1 };
  return { kind: refused ? "refused-order" : "order", correlationId: id, idempotencyKey: id, path: "/orders", body, audits };
}

export const guestOf = (n: number, seed: string): Order => {
  const id = `g-${seed}-${n}`;
  return { kind: "guest", correlationId: id, idempotencyKey: id, path: "/guests", body: { id }, audits: 0 };
};

/** How each kind ends under each version of the program, and the operations that third parties perform for it, each once. */
export const ENDS = {
  order: { status: "completed", effects: ["charge", "mail", "pack", "ship"] },
  "refused-order": { status: "compensated", effects: ["charge", "mail", "pack", "refund"] },
  guest: { status: "completed", effects: ["greet"] },
} as const satisfies Readonly<Record<Order["kind"], { readonly status: string; readonly effects: readonly string[] }>>;
