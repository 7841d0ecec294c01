import * as z from "zod";
import { MOST_COUNTED } from "../../../protocol/status.ts";
import { Hold } from "./hold.ts";
import { count, flowName, stepName, time } from "./text.ts";

const QueueDepth = z
  .object({
    visible: count().meta({ description: "May be received." }),
    inFlight: count().meta({ description: "Handled now, or waiting for their next attempt." }),
    delayed: count().meta({ description: "Not yet visible for the first time." }),
  })
  .meta({ id: "QueueDepth", description: "Messages of a queue, as SQS counts them: approximately." });

const StepQueue = z
  .object({
    step: stepName(),
    queue: z.string().meta({ description: "Name of its queue.", examples: ["order-to-erp-register-queue-1a2b3c4"] }),
    depth: QueueDepth.nullable().meta({ description: "`null` where SQS did not say." }),
    deadLetters: count().meta({ description: "Open dead letters among those that were counted." }),
  })
  .meta({ id: "StepQueue" });

export const Status = z
  .object({
    at: time(),
    flows: z.array(z.object({ flow: flowName(), steps: z.array(StepQueue), deadLetters: count() }).meta({ id: "FlowStatus" })),
    thirdParties: z.array(
      z
        .object({
          name: z.string().meta({ examples: ["erp"] }),
          breaker: z.enum(["closed", "open", "half-open"]).meta({ description: "`half-open`: the next call is a probe." }),
          failures: count().meta({ description: "Failures in a row." }),
          openUntil: time().nullable().meta({ description: "When the breaker admits the next call; `null` unless it is open." }),
        })
        .meta({ id: "ThirdPartyStatus" }),
    ),
    holds: z.array(Hold),
    deadLetters: z.object({
      open: count(),
      oldest: time().nullable().meta({ description: "When the oldest open one was recorded." }),
      counted: count().meta({ description: `By flow and step, the newest ${MOST_COUNTED} open ones are counted.` }),
    }),
  })
  .meta({ id: "Status" });
