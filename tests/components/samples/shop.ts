import * as z from "zod";
import {
  adapter,
  api,
  bearer,
  call,
  event,
  flow,
  hmac,
  join,
  noAuth,
  oauth2ClientCredentials,
  step,
  webhook,
} from "../../../model/index.ts";

const PaymentTaken = event("PaymentTaken", z.object({ orderId: z.string() }));
const OrderAsked = event("OrderAsked", z.object({ orderId: z.string(), note: z.string().default("none") }));
export const OrderPriced = event("OrderPriced", z.object({ orderId: z.string(), cents: z.int() }));
const OrderSettled = event("OrderSettled", z.object({ orderId: z.string() }));
const ParcelSent = event("ParcelSent", z.object({ orderId: z.string() }));
const ParcelNoted = event("ParcelNoted", z.object({ orderId: z.string() }));

const returns = z.object({ ok: z.boolean() });
const prices = adapter("prices", {
  baseUrl: "https://prices.example.com/v1",
  auth: oauth2ClientCredentials({ secret: "shared/oauth", tokenUrl: "/token" }),
  timeout: "5 seconds",
  rateLimit: { calls: 10, per: "1 second" },
  operations: { quote: call("GET /quotes/:sku", { query: z.object({ currency: z.string() }), returns }) },
});
const ledger = adapter("ledger", {
  baseUrl: "https://ledger.example.com",
  auth: bearer({ secret: "shared/oauth" }),
  timeout: "5 seconds",
  operations: {
    book: call("POST /entries/:id", { query: z.object({ dry: z.string() }), body: z.strictObject({ cents: z.int() }), returns }),
  },
});
const open = adapter("open", {
  baseUrl: "https://open.example.com",
  auth: noAuth(),
  timeout: "5 seconds",
  operations: { ping: call("GET /ping", { returns }) },
});

/** Each kind of step, trigger and adapter once. */
export default flow("shop", {
  slo: { completedWithin: "1 minute", for: "99.9 %" },
  summary: "A flow for tests.",
  owner: "tests",
  imports: [PaymentTaken],
  triggers: {
    order: api("POST /shop/orders", { emits: OrderAsked, summary: "Order." }),
    parcel: webhook("POST /hooks/parcels", {
      emits: ParcelSent,
      verify: hmac({ secret: "parcels/hook", header: "X-Signature" }),
      throttle: { rate: 5, burst: 8 },
    }),
  },
  steps: {
    price: step({
      on: OrderAsked,
      emits: [OrderPriced],
      uses: { prices, ledger },
      timeout: "10 seconds",
      memory: 512,
      concurrency: 5,
      batchSize: 2,
      handler: ({ orderId }) => OrderPriced({ orderId, cents: 1 }),
    }),
    settle: step({
      on: join({ priced: OrderPriced, paid: PaymentTaken }, { by: "orderId", within: "1 hour" }),
      emits: [OrderSettled],
      handler: ({ paid }) => OrderSettled({ orderId: paid.orderId }),
      compensate: () => {},
    }),
    note: step({
      on: ParcelSent,
      emits: [ParcelNoted],
      uses: { open },
      delivery: "direct",
      handler: ({ orderId }) => ParcelNoted({ orderId }),
    }),
    copy: step({ on: PaymentTaken, emits: [], handler: () => [] }),
  },
});
