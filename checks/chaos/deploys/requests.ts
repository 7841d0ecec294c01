import type { Dice } from "../dice.ts";

/** A request of the runner, and what was deployed when it was sent. */
export interface Order {
  readonly kind: "order" | "refused-order" | "guest";
  readonly correlationId: string;
  readonly idempotencyKey: string;
  readonly path: string;
  readonly body: { readonly id: string };
  /** Steps that were added before it was sent. */
  readonly audits: number;
}

/** One order in four is refused at its last step. */
export function orderOf(n: number, audits: number, { seed, dice }: { readonly seed: string; readonly dice: Dice }): Order {
  const id = `d-${seed}-${n}`;
  const refused = dice.roll("refused", n) < 1 / 4;
  const body = { id, mode: refused ? "refused" : "plain" };
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
