import * as z from "zod";
import { adapter, call, oauth2ClientCredentials } from "../model/index.ts";

/** The company's ERP: order-to-erp and payment-notifications both send to it. */
export const erp = adapter("erp", {
  summary: "The ERP that books orders and payments.",
  baseUrl: "https://erp.example.com/api/v2",
  auth: oauth2ClientCredentials({ secret: "erp/oauth", tokenUrl: "/oauth/token", scope: "orders payments" }),
  timeout: "10 seconds",
  retry: { attempts: 8, backoff: "2 seconds", ceiling: "15 minutes" },
  rateLimit: { calls: 50, per: "1 second" },
  egress: "fixed",
  operations: {
    registerOrder: call("POST /orders", {
      body: z.object({
        reference: z.string(),
        customer: z.object({ id: z.string(), name: z.string(), taxId: z.string() }),
        lines: z.array(z.object({ sku: z.string(), quantity: z.int(), unitCents: z.int() })),
        discountCents: z.int(),
        totalCents: z.int(),
      }),
      returns: z.object({ erpId: z.string(), accepted: z.boolean(), reason: z.string().optional() }),
      example: { erpId: "ERP-100045", accepted: true },
    }),
    registerPayment: call("POST /payments", {
      body: z.object({ reference: z.string(), orderId: z.string(), cents: z.int(), currency: z.string() }),
      returns: z.object({ receipt: z.string() }),
      example: { receipt: "RCT-7781" },
    }),
  },
});
