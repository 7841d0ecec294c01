import * as z from "zod";
import { api, event, flow, hmac, step, webhook } from "../../../model/index.ts";

const Came = event("Came", z.object({ id: z.string() }));
const verify = hmac({ secret: "a/key", header: "x-signature", deliveryId: ["body:id"] });

/** A flow that is closed while its oldest message waits too long. */
export default flow("arrivals", {
  summary: "A flow for tests.",
  owner: "tests",
  formerly: ["calls"],
  admission: { oldest: "30 minutes" },
  triggers: {
    call: api("POST /calls", { emits: Came }),
    hook: webhook("POST /hooks/a", { emits: Came, verify }),
  },
  steps: { take: step({ on: Came, emits: [], handler: () => [] }) },
});
