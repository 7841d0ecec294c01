import * as z from "zod";
import { event } from "../model/index.ts";

/** Published by large-orders, imported by order-statistics. */
export const OrderPlaced = event(
  "OrderPlaced",
  z.object({ orderId: z.string(), totalCents: z.int().max(5e9), country: z.string(), channel: z.string().default("web") }),
  { summary: "A customer has placed an order." },
);
