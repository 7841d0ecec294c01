import * as z from "zod";
import { event, flow, hmac, step, TerminalError, webhook } from "../../../../model/index.ts";

const FlowNameNotified = event("FlowNameNotified", z.object({ id: z.string(), status: z.string(), cents: z.int() }));
const FlowNameAccepted = event("FlowNameAccepted", z.object({ id: z.string(), cents: z.int() }));

export default flow("flow-name", {
  summary: "Takes the notifications of a third party.",
  owner: "your-team",
  triggers: {
    notifications: webhook("POST /hooks/flow-name", {
      emits: FlowNameNotified,
      // Stripe, GitHub, Shopify and many others have presets: see docs/webhooks.md.
      verify: hmac({ secret: "flow-name/signing-key", header: "X-Signature", algorithm: "sha256", encoding: "hex" }),
    }),
  },
  steps: {
    accept: step({
      on: FlowNameNotified,
      emits: [FlowNameAccepted],
      handler: ({ id, status, cents }) => {
        if (cents < 0) throw new TerminalError(`notification ${id} has negative cents`, { code: "NEGATIVE" });
        return status === "paid" ? FlowNameAccepted({ id, cents }) : [];
      },
    }),
  },
});
