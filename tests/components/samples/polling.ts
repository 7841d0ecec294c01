import * as z from "zod";
import { adapter, bearer, call, event, flow, poll, step } from "../../../model/index.ts";

const Found = event("Found", z.object({ n: z.int() }));
const Lost = event("Lost", z.object({}));
const depot = adapter("depot", {
  baseUrl: "https://depot.example.com",
  auth: bearer({ secret: "depot/token" }),
  timeout: "10 seconds",
  operations: { list: call("GET /list", { returns: z.object({}) }) },
});
const cursor = z.object({ after: z.string() });
const page = () => ({ events: [], cursor: { after: "" }, more: false });

/** Starts by what a third party has. */
export default flow("polling", {
  summary: "A flow for tests.",
  owner: "tests",
  formerly: ["pulling"],
  triggers: {
    items: poll("rate(5 minutes)", {
      ...{ emits: [Found, Lost], uses: { depot }, cursor, start: { after: "" }, page },
      summary: "Polls.",
      timeout: "10 minutes",
      memory: 512,
    }),
    rest: poll("cron(0 6 ? * SUN *)", {
      ...{ emits: [Found], cursor, start: { after: "" }, page },
      timezone: "Europe/Lisbon",
      window: "15 minutes",
      enabled: false,
    }),
  },
  steps: { count: step({ on: Found, emits: [], handler: () => [] }), drop: step({ on: Lost, emits: [], handler: () => [] }) },
});
