import * as z from "zod";
import { adapter, api, bearer, call, event, flow, form, type StepContext, step, stripe, webhook } from "../model/index.ts";

const ChargeRequested = event(
  "ChargeRequested",
  z.object({ orderId: z.string(), amount: z.int().min(1), currency: z.string(), payment_method: z.string() }),
);
const ChargeStarted = event("ChargeStarted", z.object({ orderId: z.string(), paymentId: z.string() }));
const ChargeDeclined = event("ChargeDeclined", z.object({ orderId: z.string(), code: z.string() }));

/** The parts of Stripe's events that the flow needs. https://docs.stripe.com/api/events/object */
const notification = z.object({ id: z.string(), data: z.object({ object: z.object({ id: z.string(), amount: z.int() }) }) });
const PaymentSucceeded = event("PaymentSucceeded", notification);
const PaymentFailed = event("PaymentFailed", notification);

const logAs =
  (outcome: string) =>
  (payment: z.infer<typeof notification>, { log }: StepContext) => {
    log.info(outcome, payment.data.object);
    return [];
  };

/** https://docs.stripe.com/api */
const stripeApi = adapter("stripe", {
  summary: "Takes card payments.",
  baseUrl: "https://api.stripe.com/v1",
  auth: bearer({ secret: "stripe/api" }),
  timeout: "15 seconds",
  headers: { "Stripe-Version": "2026-01-28.clover" },
  operations: {
    createPayment: call("POST /payment_intents", {
      body: form(
        z.object({
          amount: z.int(),
          currency: z.string(),
          payment_method: z.string(),
          confirm: z.boolean(),
          payment_method_types: z.array(z.string()),
          metadata: z.object({ orderId: z.string() }),
        }),
      ),
      returns: z.object({ id: z.string(), status: z.string() }),
      // https://docs.stripe.com/error-handling
      errors: { 402: z.object({ error: z.object({ code: z.string() }) }) },
      example: { id: "pi_1", status: "processing" },
    }),
  },
});

export default flow("stripe-charges", {
  summary: "Charges orders by Stripe, and follows what becomes of the payments.",
  owner: "payments",
  triggers: {
    charges: api("POST /charges", { emits: ChargeRequested }),
    stripe: webhook("POST /hooks/stripe-charges", {
      events: { "payment_intent.succeeded": PaymentSucceeded, "payment_intent.payment_failed": PaymentFailed },
      by: "body:type",
      otherwise: "accept",
      verify: stripe({ secret: "stripe/charges-webhook" }),
    }),
  },
  steps: {
    charge: step({
      on: ChargeRequested,
      emits: [ChargeStarted, ChargeDeclined],
      uses: { stripe: stripeApi },
      handler: async ({ orderId, ...order }, { stripe }) => {
        const charge = { ...order, confirm: true, payment_method_types: ["card"], metadata: { orderId } };
        const payment = await stripe.createPayment(charge);
        return payment.ok
          ? ChargeStarted({ orderId, paymentId: payment.value.id })
          : ChargeDeclined({ orderId, code: payment.error.error.code });
      },
    }),
    succeeded: step({ on: PaymentSucceeded, emits: [], handler: logAs("paid") }),
    failed: step({ on: PaymentFailed, emits: [], handler: logAs("not paid") }),
  },
});
