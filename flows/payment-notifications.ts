import * as z from "zod";
import { event, flow, step, stripe, TerminalError, webhook } from "../model/index.ts";
import { erp } from "../third-parties/erp.ts";

const PaymentNotified = event(
  "PaymentNotified",
  z.object({
    id: z.string(),
    data: z.object({
      object: z.object({
        id: z.string(),
        amount: z.int().optional(),
        currency: z.string().optional(),
        metadata: z.record(z.string(), z.string()).optional(),
      }),
    }),
  }),
  { summary: "A payment succeeded, as the payment provider notified." },
);
const PaymentRecorded = event(
  "PaymentRecorded",
  z.object({ paymentId: z.string(), orderId: z.string(), cents: z.int(), currency: z.string() }),
  { summary: "A payment for one of our orders has arrived." },
);
const ErpNotified = event("ErpNotified", z.object({ paymentId: z.string(), receipt: z.string() }), {
  summary: "The ERP has recorded the payment.",
});

export default flow("payment-notifications", {
  summary: "Receives the payment provider's notifications and records successful payments in the ERP.",
  owner: "payments",
  slo: { completedWithin: "1 minute", for: "99.5 %" },
  triggers: {
    stripe: webhook("POST /hooks/stripe", {
      events: { "payment_intent.succeeded": PaymentNotified },
      by: "body:type",
      // Stripe repeats a refused notification for days, whatever it is about.
      otherwise: "accept",
      verify: stripe({ secret: "stripe/webhook" }),
      summary: "Stripe's notifications.",
    }),
  },
  steps: {
    record: step({
      summary: "Reads the order of a payment that succeeded.",
      on: PaymentNotified,
      emits: [PaymentRecorded],
      handler: ({ data: { object: payment } }) => {
        const orderId = payment.metadata?.orderId;
        if (!orderId || payment.amount === undefined || !payment.currency) {
          throw new TerminalError(`payment ${payment.id} lacks its amount, currency or metadata.orderId`, {
            code: "INCOMPLETE_PAYMENT",
          });
        }
        return PaymentRecorded({ paymentId: payment.id, orderId, cents: payment.amount, currency: payment.currency });
      },
    }),

    notifyErp: step({
      summary: "Books the payment in the ERP.",
      on: PaymentRecorded,
      emits: [ErpNotified],
      uses: { erp },
      handler: async ({ paymentId, orderId, cents, currency }, { erp }) => {
        const { receipt } = await erp.registerPayment({ reference: paymentId, orderId, cents, currency });
        return ErpNotified({ paymentId, receipt });
      },
    }),
  },
});
