// Checked by tsc alone: each @ts-expect-error is a filter that must not compile.
import * as z from "zod";
import { api, event, flow, join, step, when } from "../../../model/index.ts";

const OrderPlaced = event(
  "OrderPlaced",
  z.object({
    orderId: z.string(),
    totalCents: z.int(),
    country: z.enum(["BR", "PT", "US"]),
    express: z.boolean().optional(),
    note: z.string().nullable(),
    tags: z.array(z.string()),
    lines: z.array(z.object({ sku: z.string() })),
    address: z.object({ city: z.string() }).optional(),
    labels: z.record(z.string(), z.string()),
  }),
);
const Checked = event("Checked", z.object({ ok: z.boolean() }));

when(OrderPlaced, { totalCents: { gte: 100_000 }, country: ["BR", "PT"] });
when(OrderPlaced, {
  totalCents: [5, { gt: 10, lte: 20 }, { anythingBut: [1, 2] }],
  express: true,
  note: [null, { prefix: "a" }],
});
when(OrderPlaced, { tags: ["vip", { suffix: "!" }], address: { city: { equalsIgnoreCase: "porto" } }, labels: { env: "prod" } });
when(OrderPlaced, { express: { exists: false }, orderId: { anythingBut: { prefix: ["test-", "x-"] } } });

// @ts-expect-error no such field
when(OrderPlaced, { total: { gte: 1 } });
// @ts-expect-error no value of the field
when(OrderPlaced, { country: ["BR", "XX"] });
// @ts-expect-error a text where the field is a number
when(OrderPlaced, { totalCents: "5" });
// @ts-expect-error a range of a text
when(OrderPlaced, { orderId: { gte: 1 } });
// @ts-expect-error two lower limits
when(OrderPlaced, { totalCents: { gt: 1, gte: 2 } });
// @ts-expect-error two tests in one
when(OrderPlaced, { orderId: { prefix: "a", suffix: "b" } });
// @ts-expect-error EventBridge compares values, not objects in lists
when(OrderPlaced, { lines: { sku: "a" } });
// @ts-expect-error a misspelt test
when(OrderPlaced, { orderId: { startsWith: "a" } });
// @ts-expect-error an unknown field within
when(OrderPlaced, { address: { town: "Porto" } });

step({
  on: when(OrderPlaced, { country: "BR" }),
  // @ts-expect-error what is published has no filter
  emits: [when(Checked, { ok: true })],
  handler: () => [],
});

flow("typed", {
  summary: "s",
  owner: "o",
  triggers: { orders: api("POST /orders", { emits: OrderPlaced }) },
  steps: {
    check: step({
      on: when(OrderPlaced, { country: "BR" }),
      emits: [Checked],
      handler: ({ totalCents }) => Checked({ ok: totalCents > 0 }),
    }),
    both: step({
      on: join({ order: when(OrderPlaced, { country: "BR" }), check: when(Checked, { ok: true }) }, { within: "1 hour" }),
      emits: [],
      serial: undefined as never,
      handler: ({ order, check }) => {
        order.orderId satisfies string;
        check.ok satisfies boolean;
        return [];
      },
    }),
  },
});
flow("unwired", {
  summary: "s",
  owner: "o",
  steps: {
    // @ts-expect-error nothing publishes it
    check: step({ on: when(OrderPlaced, { country: "BR" }), emits: [], handler: () => [] }),
  },
});
