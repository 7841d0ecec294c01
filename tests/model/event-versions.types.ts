// Checked by tsc alone: each @ts-expect-error is a wrong lift that must not compile.
import * as z from "zod";
import { event } from "../../model/index.ts";

const First = z.object({ orderId: z.string(), cents: z.int().default(0) });
const Second = z.object({ orderId: z.string(), cents: z.int(), currency: z.string() });
const Third = z.object({ id: z.string(), cents: z.int(), currency: z.string() });

event("Placed", Third, {
  version: 3,
  from: {
    1: { schema: First, lift: (old) => ({ ...old, currency: old.cents > 0 ? "EUR" : "USD" }) },
    2: { schema: Second, lift: ({ orderId, ...old }) => ({ ...old, id: orderId }) },
  },
});

event("Placed", Second, { version: 2, from: { 1: (old) => ({ orderId: String(old.orderId), cents: 1, currency: "EUR" }) } });

event("Placed", Second, {
  version: 2,
  // @ts-expect-error it leaves `currency` out
  from: { 1: { schema: First, lift: (old) => old } },
});

event("Placed", Third, {
  version: 3,
  // @ts-expect-error it makes the payload of version 3 where one of version 2 is due
  from: {
    1: { schema: First, lift: (old) => ({ id: old.orderId, cents: old.cents, currency: "EUR" }) },
    2: { schema: Second, lift: ({ orderId, ...old }) => ({ ...old, id: orderId }) },
  },
});

event("Placed", Second, {
  version: 2,
  // @ts-expect-error the older payload has no such field
  from: { 1: { schema: First, lift: (old) => ({ ...old, currency: old.currency }) } },
});
