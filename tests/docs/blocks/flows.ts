/** What the blocks of docs/flows.md take as given. */
import * as z from "zod";
import type { HubConfig } from "../../../components/index.ts";
import { adapter, call, event, noAuth } from "../../../model/index.ts";

export { flowWith, IntegrationHub, loadFlows } from "../../../components/index.ts";

const id = z.object({ id: z.string() });
export const OrderPlaced = event(
  "OrderPlaced",
  z.object({ orderId: z.string(), totalCents: z.int().max(5e9), country: z.string() }),
);
export const OrderBooked = event("OrderBooked", z.object({ erpId: z.string() }));
export const LinesOrdered = event("LinesOrdered", z.object({ orderId: z.string(), lines: z.array(z.string()) }));
export const LineBooked = event("LineBooked", z.object({ sku: z.string() }));
export const LinesConfirmed = event(
  "LinesConfirmed",
  z.object({ orderId: z.string(), booked: z.array(z.string()), missing: z.int() }),
);
export const PaymentCaptured = event("PaymentCaptured", z.object({ orderId: z.string() }));
export const OrderChanged = event("OrderChanged", z.object({ orderId: z.string(), revision: z.int() }));
export const StockReserved = event("StockReserved", z.object({ orderId: z.string(), cents: z.int() }));
export const PaymentCharged = event("PaymentCharged", z.object({ chargeId: z.string(), cents: z.int() }));
export const StockCounted = event(
  "StockCounted",
  z.object({ warehouse: z.string(), sku: z.string(), dryRun: z.boolean().default(false), left: z.int() }),
);
export const StockShown = event("StockShown", z.object({ sku: z.string() }));

const third = { baseUrl: "https://erp.example.com", auth: noAuth(), timeout: "5 seconds" } as const;
export const erp = adapter("erp", {
  ...third,
  operations: {
    register: call("POST /orders", { body: z.object({ reference: z.string() }), returns: z.object({ erpId: z.string() }) }),
    left: call("GET /stock/:sku", { returns: z.object({ left: z.int() }) }),
    change: call("PUT /orders/:orderId", { body: z.object({ revision: z.int() }), returns: id }),
  },
});
export const StockChanged = event("StockChanged", z.object({ sku: z.string(), left: z.int() }));
export const supplier = adapter("supplier", {
  ...third,
  operations: {
    changes: call("GET /stock/changes", {
      query: z.object({ after: z.int() }),
      returns: z.object({ changes: z.array(z.object({ id: z.int(), sku: z.string(), left: z.int() })), more: z.boolean() }),
    }),
  },
});
export const payments = adapter("payments", {
  ...third,
  operations: {
    charge: call("POST /charges", { body: z.object({ reference: z.string(), cents: z.int() }), returns: id }),
    refund: call("POST /charges/:id/refunds", { body: z.object({ cents: z.int() }), returns: id }),
  },
});

export declare const config: HubConfig;
export declare const folder: string;
export declare const partnerFlow: (partner: { name: string; baseUrl: string }) => import("../../../model/index.ts").Flow;
export declare const partners: readonly { name: string; baseUrl: string }[];
