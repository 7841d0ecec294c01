import type { Dice } from "./dice.ts";

/** A request of the runner and its kind, which defines the expected outcome. */
export interface Asked {
  readonly n: number;
  readonly kind: keyof typeof EXPECTED;
  /** Unique per request. */
  readonly correlationId: string;
  readonly idempotencyKey: string;
  readonly path: string;
  readonly body: object;
}

/**
 * Expected final status of each kind after all faults, redrives and discards, and its effects at third parties, each once. `hopeless`: no
 * redrive helps, and there is nothing to undo.
 */
export const EXPECTED = {
  order: { end: "completed", effects: ["erp registerOrder"] },
  "order-with-a-line-twice": { end: "failed", effects: [], hopeless: true },
  payment: { end: "completed", effects: ["erp registerPayment"] },
  fulfilment: { end: "completed", effects: ["warehouse reserve", "payments charge", "carrier ship"] },
  "fulfilment-too-late": {
    end: "compensated",
    effects: ["warehouse reserve", "payments charge", "carrier ship", "carrier cancel", "payments refund", "warehouse release"],
  },
} as const;

/** The n-th request of a seed, spread evenly over the three flows: one in three orders and fulfilments can't succeed. */
export function askedOf(n: number, seed: string, dice: Dice): Asked {
  const id = `chaos-${seed}-${n}`;
  const fails = dice.roll("goes well", n) < 1 / 3;
  const given = { n, correlationId: id, idempotencyKey: id };
  switch (n % 3) {
    case 0: {
      const line = { sku: "coffee", quantity: 1 + Math.floor(dice.roll("quantity", n) * 20), unitCents: 9_900 };
      const body = { orderId: id, customerId: `C-${n}`, lines: fails ? [line, line] : [line] };
      return { ...given, kind: fails ? "order-with-a-line-twice" : "order", path: "/orders", body };
    }
    case 1: {
      const payment = { id: `pi-${id}`, amount: 4_200, currency: "eur", metadata: { orderId: id } };
      const body = { id: `evt-${id}`, type: "payment_intent.succeeded", data: { object: payment } };
      return { ...given, kind: "payment", path: "/hooks/stripe", body };
    }
    default: {
      // The simulated carrier delivers on 2030-06-14.
      const deliverBy = fails ? "2030-06-13" : "2030-06-14";
      const body = { orderId: id, sku: "coffee", quantity: 1, cents: 9_900, address: "Rua das Flores 1, Lisboa", deliverBy };
      return { ...given, kind: fails ? "fulfilment-too-late" : "fulfilment", path: "/fulfilments", body };
    }
  }
}
