import * as z from "zod";
import { optionalReason, reason } from "./audit.ts";
import { flowName, laterTime, stepName, time } from "./text.ts";

const thirdParty = () => z.string().meta({ examples: ["erp"] });
const targets = (more: z.ZodRawShape) => [
  z.strictObject({ thirdParty: thirdParty(), ...more }),
  z.strictObject({ flow: flowName(), step: stepName().optional(), ...more }),
];

export const HoldOrder = z
  .union(
    targets({
      until: laterTime().meta({ description: "It ends by itself then; at most 24 hours from now." }),
      reason: reason("maintenance"),
    }),
  )
  .meta({ id: "HoldOrder", description: "A third party, a flow, or a step of it." });
export const ReleaseOrder = z.union(targets({ reason: optionalReason() })).meta({ id: "ReleaseOrder" });

export const Hold = z
  .object({
    thirdParty: thirdParty().optional(),
    flow: flowName().optional(),
    step: stepName().optional(),
    since: time(),
    until: laterTime(),
    by: z.string().meta({ description: "The consumer.", examples: ["operations"] }),
    why: z.string().meta({ examples: ["maintenance"] }),
  })
  .meta({ id: "Hold", description: "While it lasts, messages of what it names wait, and use no attempt up." });
export const Held = z.object({ hold: Hold }).meta({ id: "Held" });
export const Released = z.object({ released: Hold }).meta({ id: "Released" });
export const Holds = z
  .object({
    holds: z.array(Hold),
    targets: z
      .object({ thirdParties: z.array(thirdParty()), flows: z.record(z.string(), z.array(stepName())) })
      .meta({ description: "What may be held: third parties, and steps by flow." }),
  })
  .meta({ id: "Holds" });
