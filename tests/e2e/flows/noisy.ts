import * as z from "zod";
import { api, event, flow, step } from "../../../model/index.ts";

const CrowdCame = event("CrowdCame", z.object({ size: z.int() }));
const GuestCame = event("GuestCame", z.object({ seat: z.int() }));
const GuestLeft = event("GuestLeft", z.object({ seat: z.int() }));

/** One request of many deliveries. */
export default flow("noisy", {
  summary: "Lets a crowd in.",
  owner: "tests",
  triggers: { crowd: api("POST /crowds", { emits: CrowdCame }) },
  steps: {
    admit: step({
      on: CrowdCame,
      emits: [GuestCame],
      handler: ({ size }) => Array.from({ length: size }, (_, seat) => GuestCame({ seat })),
    }),
    seat: step({ on: GuestCame, emits: [GuestLeft], handler: ({ seat }) => GuestLeft({ seat }) }),
    see: step({ on: GuestLeft, emits: [], handler: () => [] }),
  },
});
