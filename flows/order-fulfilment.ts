import * as z from "zod";
import { adapter, api, apiKey, bearer, call, event, flow, step, TerminalError } from "../model/index.ts";

const order = z.object({
  orderId: z.string().min(1).max(64),
  sku: z.string().min(1).max(64),
  quantity: z.int().min(1).max(10_000),
  cents: z.int().min(1).max(100_000_000),
  address: z.string().min(5).max(300),
  deliverBy: z.iso.date(),
});
const FulfilmentRequested = event("FulfilmentRequested", order, { summary: "A caller asked for an order to be delivered." });
const StockReserved = event("StockReserved", order.extend({ reservationId: z.string() }), {
  summary: "The warehouse has reserved the goods.",
});
const PaymentCharged = event("PaymentCharged", order.extend({ reservationId: z.string(), chargeId: z.string() }), {
  summary: "The customer has paid.",
});
const ParcelShipped = event(
  "ParcelShipped",
  z.object({ orderId: z.string(), parcelId: z.string(), arrivesOn: z.iso.date(), deliverBy: z.iso.date() }),
  {
    summary: "The carrier has accepted the parcel.",
  },
);
const OrderFulfilled = event("OrderFulfilled", z.object({ orderId: z.string(), parcelId: z.string(), arrivesOn: z.iso.date() }), {
  summary: "The order arrives in time.",
});

const retry = { attempts: 8, backoff: "2 seconds", ceiling: "15 minutes" } as const;
const done = z.object({ ok: z.boolean() });
const warehouse = adapter("warehouse", {
  summary: "The third party that stores and packs the goods.",
  baseUrl: "https://warehouse.example.com/v1",
  auth: apiKey({ secret: "warehouse/key", header: "x-api-token" }),
  timeout: "5 seconds",
  retry,
  operations: {
    reserve: call("POST /reservations", {
      body: z.object({ reference: z.string(), sku: z.string(), quantity: z.int() }),
      returns: z.object({ id: z.string(), held: z.boolean() }),
      example: { id: "RSV-301", held: true },
    }),
    release: call("DELETE /reservations/:id", { returns: done, example: { ok: true } }),
  },
});
const payments = adapter("payments", {
  summary: "The payment provider.",
  baseUrl: "https://payments.example.com/v2",
  auth: bearer({ secret: "payments/api-token" }),
  timeout: "10 seconds",
  retry,
  operations: {
    charge: call("POST /charges", {
      body: z.object({ reference: z.string(), cents: z.int() }),
      returns: z.object({ id: z.string(), paid: z.boolean() }),
      example: { id: "CH-88", paid: true },
    }),
    refund: call("POST /charges/:id/refunds", { body: z.object({ cents: z.int() }), returns: done, example: { ok: true } }),
  },
});
const carrier = adapter("carrier", {
  summary: "The parcel service.",
  baseUrl: "https://carrier.example.com/api",
  auth: bearer({ secret: "carrier/api-token" }),
  timeout: "5 seconds",
  retry,
  operations: {
    ship: call("POST /parcels", {
      body: z.object({ reference: z.string(), address: z.string() }),
      returns: z.object({ id: z.string(), arrivesOn: z.iso.date() }),
      example: { id: "P-5511", arrivesOn: "2030-06-14" },
    }),
    cancel: call("POST /parcels/:id/cancellation", { returns: done, example: { ok: true } }),
  },
});

export default flow("order-fulfilment", {
  summary:
    "Reserves, charges and ships an order; completed steps are undone in reverse order when it can't be delivered in time.",
  owner: "order-platform",
  triggers: {
    fulfilments: api("POST /fulfilments", { emits: FulfilmentRequested, summary: "Have an order delivered." }),
  },
  steps: {
    reserve: step({
      summary: "Reserves the goods in the warehouse.",
      on: FulfilmentRequested,
      emits: [StockReserved],
      uses: { warehouse },
      handler: async (order, { warehouse }) => {
        const { id, held } = await warehouse.reserve({ reference: order.orderId, sku: order.sku, quantity: order.quantity });
        if (!held) throw new TerminalError(`the warehouse has no ${order.sku} left`, { code: "OUT_OF_STOCK" });
        return StockReserved({ ...order, reservationId: id });
      },
      compensate: async ({ emitted }, { warehouse }) => {
        for (const { data } of emitted) await warehouse.release({ id: data.reservationId });
      },
    }),

    charge: step({
      summary: "Charges the customer.",
      on: StockReserved,
      emits: [PaymentCharged],
      uses: { payments },
      handler: async (order, { payments }) => {
        const { id, paid } = await payments.charge({ reference: order.orderId, cents: order.cents });
        if (!paid) throw new TerminalError("the customer's payment was declined", { code: "PAYMENT_DECLINED" });
        return PaymentCharged({ ...order, chargeId: id });
      },
      compensate: async ({ emitted }, { payments }) => {
        for (const { data } of emitted) await payments.refund({ id: data.chargeId, cents: data.cents });
      },
    }),

    ship: step({
      summary: "Hands the parcel to the carrier.",
      on: PaymentCharged,
      emits: [ParcelShipped],
      uses: { carrier },
      handler: async ({ orderId, address, deliverBy }, { carrier }) => {
        const { id, arrivesOn } = await carrier.ship({ reference: orderId, address });
        return ParcelShipped({ orderId, parcelId: id, arrivesOn, deliverBy });
      },
      compensate: async ({ emitted }, { carrier }) => {
        for (const { data } of emitted) await carrier.cancel({ id: data.parcelId });
      },
    }),

    confirm: step({
      summary: "Refuses orders that the carrier can't deliver in time.",
      on: ParcelShipped,
      emits: [OrderFulfilled],
      handler: ({ orderId, parcelId, arrivesOn, deliverBy }) => {
        if (arrivesOn > deliverBy)
          throw new TerminalError(`the parcel arrives on ${arrivesOn}, after the requested ${deliverBy}`, { code: "TOO_LATE" });
        return OrderFulfilled({ orderId, parcelId, arrivesOn });
      },
    }),
  },
});
