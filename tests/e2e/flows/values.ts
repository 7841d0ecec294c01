import * as z from "zod";
import { api, event, flow, hmac, int64, step, webhook } from "../../../model/index.ts";

const Money = event("Money", z.object({ money: z.number().multipleOf(0.01) }));
const Coded = event("Coded", z.object({ code: z.string().regex(/^[a-z]{2}\d+$/i) }));
const Counted = event("Counted", z.object({ by: z.record(z.enum(["a", "b"]), z.number()) }));
const Numbered = event("Numbered", z.object({ n: z.number() }));
const Sold = event("Sold", z.object({ id: int64(), email: z.string() }));
const Paid = event("Paid", z.object({ id: int64(), what: z.string() }));
const Seen = event("Seen", z.object({ text: z.string() }));

/** Shows what a handler receives. */
const seen = (data: unknown) => [Seen({ text: JSON.stringify(data) })];

export default flow("values", {
  summary: "Takes the values that public reports are about.",
  owner: "tests",
  triggers: {
    money: api("POST /money", { emits: Money }),
    code: api("POST /code", { emits: Coded }),
    counts: api("POST /counts", { emits: Counted }),
    number: api("POST /number", { emits: Numbered }),
    sale: api("POST /sale", { emits: Sold }),
    paid: webhook("POST /hooks/paid", {
      emits: Paid,
      verify: hmac({ secret: "paid", header: "x-mac", deliveryId: ["body:id"] }),
    }),
  },
  steps: {
    money: step({ on: Money, emits: [Seen], handler: seen }),
    code: step({ on: Coded, emits: [Seen], handler: seen }),
    counts: step({ on: Counted, emits: [Seen], handler: seen }),
    number: step({ on: Numbered, emits: [Seen], handler: seen }),
    sale: step({ on: Sold, emits: [Seen], handler: seen }),
    paid: step({ on: Paid, emits: [Seen], handler: seen }),
  },
});
