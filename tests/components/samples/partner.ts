import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";

const OrderSent = event("OrderSent", z.object({ id: z.string() }));

/** A flow made once for each partner. */
export default ({ partner, limit }: { partner: string; limit: number }) =>
  flow(`orders-${partner}`, {
    summary: `Orders of ${partner}.`,
    owner: "tests",
    triggers: { order: api(`POST /partners/${partner}/orders`, { emits: OrderSent }) },
    steps: {
      check: step({
        on: OrderSent,
        emits: [],
        handler: ({ id }) => {
          if (id.length > limit) throw new Error(`${partner} sent an id of more than ${limit} characters`);
          return [];
        },
      }),
    },
  });
