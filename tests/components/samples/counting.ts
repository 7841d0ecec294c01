import * as z from "zod";
import { api, event, flow, join, step } from "../../../model/index.ts";

const Split = event("Split", z.object({ lines: z.array(z.string()).max(10) }));
const Booked = event("Booked", z.object({ line: z.string() }));

export default flow("counting", {
  summary: "Waits for as many events as another one says.",
  owner: "o",
  source: import.meta.url,
  triggers: { split: api("POST /splits", { emits: Split }) },
  steps: {
    book: step({ on: Split, emits: [Booked], handler: ({ lines }) => lines.map((line) => Booked({ line })) }),
    all: step({ on: join.all(Booked, { of: Split, count: "lines" }), emits: [], handler: () => [] }),
  },
});
