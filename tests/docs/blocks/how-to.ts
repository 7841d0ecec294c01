/** What the blocks of docs/how-to.md take as given. */
import * as z from "zod";
import { event } from "../../../model/index.ts";

export const OrderPlaced = event("OrderPlaced", z.object({ orderId: z.string() }));
