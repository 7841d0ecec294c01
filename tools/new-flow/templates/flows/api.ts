import * as z from "zod";
import { adapter, api, bearer, call, event, flow, step } from "../../../../model/index.ts";

const FlowNameRequested = event("FlowNameRequested", z.object({ reference: z.string().min(1).max(64), email: z.email() }));
const FlowNameDone = event("FlowNameDone", z.object({ reference: z.string(), partnerId: z.string() }));
const record = z.object({ reference: z.string(), contact: z.string() });

const partner = adapter("flow-name-partner", {
  baseUrl: "https://partner.example.com/v1",
  auth: bearer({ secret: "flow-name/token" }),
  timeout: "5 seconds",
  operations: { add: call("POST /records", { body: record, returns: z.object({ id: z.string() }), example: { id: "P-1001" } }) },
});

export default flow("flow-name", {
  summary: "Sends what a caller posts to the partner.",
  owner: "your-team",
  triggers: { requests: api("POST /flow-name", { emits: FlowNameRequested }) },
  steps: {
    send: step({
      on: FlowNameRequested,
      emits: [FlowNameDone],
      uses: { partner },
      handler: async ({ reference, email }, { partner }) => {
        const { id } = await partner.add({ reference, contact: email });
        return FlowNameDone({ reference, partnerId: id });
      },
    }),
  },
});
