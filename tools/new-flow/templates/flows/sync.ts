import * as z from "zod";
import { adapter, api, bearer, call, event, flow, TerminalError } from "../../../../model/index.ts";

const request = z.object({ item: z.string().min(1).max(64) });
const answers = z.object({ left: z.int() });
const found = z.object({ known: z.boolean(), left: z.int() });
const FlowNameAnswered = event("FlowNameAnswered", request.extend(answers.shape));

const partner = adapter("flow-name-partner", {
  baseUrl: "https://partner.example.com/v1",
  auth: bearer({ secret: "flow-name/token" }),
  timeout: "5 seconds",
  operations: { find: call("GET /items/:item", { returns: found, example: { known: true, left: 4 } }) },
});

export default flow("flow-name", {
  summary: "Answers a caller who waits.",
  owner: "your-team",
  triggers: {
    ask: api("GET /flow-name/{item}", {
      mode: "sync",
      request,
      answers,
      emits: FlowNameAnswered,
      uses: { partner },
      handler: async ({ item }, { partner }) => {
        const { known, left } = await partner.find({ item });
        if (!known) throw new TerminalError(`there is no item ${item}`, { code: "NO_ITEM" });
        return { answer: { left }, event: FlowNameAnswered({ item, left }) };
      },
    }),
  },
  steps: {},
});
