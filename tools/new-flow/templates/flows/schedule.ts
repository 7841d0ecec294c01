import * as z from "zod";
import { adapter, bearer, call, event, flow, schedule, step } from "../../../../model/index.ts";

const warehouse = z.object({ warehouse: z.string() });
const FlowNameDue = event("FlowNameDue", warehouse);
const FlowNameRead = event("FlowNameRead", warehouse.extend({ items: z.int() }));

const partner = adapter("flow-name-partner", {
  baseUrl: "https://partner.example.com/v1",
  auth: bearer({ secret: "flow-name/token" }),
  timeout: "5 seconds",
  operations: { list: call("GET /items", { query: warehouse, returns: z.array(z.string()), example: ["A-1", "A-2"] }) },
});

export default flow("flow-name", {
  summary: "Reads the partner's items every hour.",
  owner: "your-team",
  triggers: { hourly: schedule("rate(1 hour)", { emits: FlowNameDue, data: { warehouse: "north" } }) },
  steps: {
    read: step({
      on: FlowNameDue,
      emits: [FlowNameRead],
      uses: { partner },
      handler: async ({ warehouse }, { partner }) => {
        const items = await partner.list({ warehouse });
        return FlowNameRead({ warehouse, items: items.length });
      },
    }),
  },
});
