import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";

const PartCame = event("PartCame", z.object({ death: z.enum(["exit", "loop", "memory", "rejection", "none"]) }));
const PartDone = event("PartDone", z.object({}));

/** How a process can end while a handler runs. */
const DEATHS = {
  exit: () => process.exit(0),
  loop: () => {
    for (;;);
  },
  memory: () => {
    const held: number[][] = [];
    for (;;) held.push(new Array<number>(100_000).fill(held.length));
  },
  rejection: () => void Promise.reject(new Error("nobody awaits this")),
  none: () => undefined,
} as const;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Parts of which some end the process of the function. */
export default flow("poisoned", {
  summary: "Handles parts, some of which end the process.",
  owner: "tests",
  triggers: { part: api("POST /parts", { emits: PartCame }) },
  steps: {
    handle: step({
      on: PartCame,
      emits: [PartDone],
      // So that messages queue up, and come as one batch.
      concurrency: 2,
      timeout: "4 seconds",
      memory: 128,
      retry: { attempts: 2, backoff: "1 second", ceiling: "1 second" },
      handler: async ({ death }) => {
        // The others of the batch have begun by then, and are not done.
        await wait(death === "none" ? 600 : 300);
        DEATHS[death]();
        await wait(death === "none" ? 0 : 1_000);
        return PartDone({});
      },
    }),
  },
});
