import * as z from "zod";
import { optionalReason } from "./audit.ts";
import { flowName, laterTime, stepName, time } from "./text.ts";

const replayName = () => z.string().meta({ examples: ["hub-order-to-erp-1a2b3c4d"] });

export const ReplayOrder = z
  .object({
    flow: flowName(),
    steps: z
      .array(stepName())
      .min(1)
      .optional()
      .meta({ description: "Steps that receive the events again. Default: all steps of the flow." }),
    from: time(),
    to: laterTime(),
    reason: optionalReason(),
  })
  .meta({ id: "ReplayOrder" });

export const ReplayStarted = z
  .object({ name: replayName(), flow: flowName(), steps: z.array(stepName()) })
  .meta({ id: "ReplayStarted" });

export const Replay = z
  .object({
    name: replayName(),
    state: z.string().meta({
      description: "State in EventBridge: STARTING, RUNNING, CANCELLING, COMPLETED, CANCELLED or FAILED.",
      examples: ["COMPLETED"],
    }),
    reason: z.string().meta({ description: "Reason of the state; empty when EventBridge gives none.", examples: [""] }),
  })
  .meta({ id: "Replay" });
