import createClient from "openapi-fetch";
import type { components, paths } from "../../docs/openapi.d.ts";

// What a client of docs/openapi.yaml must and must not compile. tsc checks this file; it is never run.

const client = createClient<paths>({ baseUrl: "http://localhost:4510" });
type Order = components["schemas"]["OrderToErpIntegrationRequested"];
const lines = [{ sku: "coffee", quantity: 1, unitCents: 100 }];
const fulfilment = { orderId: "F-1", sku: "coffee", quantity: 1, cents: 100, address: "Lisboa", deliverBy: "2030-12-31" };
const order: Order = { orderId: "O-1", customerId: "C-9", lines };

export const compiles = [
  client.POST("/orders", { body: order }),
  client.POST("/orders", { body: { ...order, note: "ring twice" }, params: { header: { "Idempotency-Key": "k" } } }),
  client.GET("/freight-quotes", { params: { query: { country: "PT", postcode: "1", weightGrams: 1 } } }),
  client.POST("/fulfilments", { body: fulfilment }),
  client.POST("/ops/dead-letters/redrive", { body: { all: true } }),
];

export const bodies = [
  // @ts-expect-error the body is missing
  client.POST("/orders", {}),
  // @ts-expect-error customerId is missing
  client.POST("/orders", { body: { orderId: "O-1", lines } }),
  // @ts-expect-error quantity must be a number
  client.POST("/orders", { body: { ...order, lines: [{ sku: "coffee", quantity: "one", unitCents: 100 }] } }),
  // @ts-expect-error deliverBy must be a string
  client.POST("/fulfilments", { body: { ...fulfilment, deliverBy: new Date() } }),
  // @ts-expect-error discarding requires a reason
  client.POST("/ops/dead-letters/discard", { body: { ids: ["0123456789abcdef"] } }),
];

export const parameters = [
  // @ts-expect-error weightGrams is missing
  client.GET("/freight-quotes", { params: { query: { country: "PT", postcode: "1" } } }),
  // @ts-expect-error there is no such status
  client.GET("/requests", { params: { query: { status: "done" } } }),
  // @ts-expect-error the request's id is missing
  client.GET("/requests/{requestId}", {}),
];

export const routes = [
  // @ts-expect-error there is no such route
  client.GET("/order"),
  // @ts-expect-error /orders has no GET
  client.GET("/orders"),
];

export async function answers() {
  const { data, error } = await client.GET("/freight-quotes", {
    params: { query: { country: "PT", postcode: "1", weightGrams: 1 } },
  });
  // @ts-expect-error an answer may be a problem
  const cents: number = data.cents;
  // @ts-expect-error a quote has no price
  const price = data?.price;
  // @ts-expect-error problem details have no message
  return [cents, price, error?.detail, error?.message];
}
