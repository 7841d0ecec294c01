import { randomUUID } from "node:crypto";

/** Payloads for the flows of this repository, none used twice. */
const fresh = (prefix: string) => `${prefix}-${randomUUID().slice(0, 18)}`;

export const someOrder = (changes: object = {}) => ({
  orderId: fresh("smoke"),
  customerId: "C-9",
  lines: [{ sku: "coffee", quantity: 10, unitCents: 9_900 }],
  ...changes,
});

/** The sandbox's carrier delivers on 2030-06-14. */
export const someFulfilment = (deliverBy = "2030-12-31") => ({
  orderId: fresh("smoke"),
  sku: "coffee",
  quantity: 2,
  cents: 9_900,
  address: "Rua das Flores 1, Lisboa",
  deliverBy,
});

export const somePayment = (metadata: Readonly<Record<string, string>> = {}) => ({
  id: fresh("evt"),
  type: "payment_intent.succeeded",
  data: { object: { id: fresh("pi"), amount: 4_200, currency: "eur", metadata: { orderId: fresh("smoke"), ...metadata } } },
});

export const someParcel = () => new URLSearchParams({ country: "PT", postcode: fresh("p").slice(0, 12), weightGrams: "2000" });

export const someCorrelationId = () => fresh("smoke");
