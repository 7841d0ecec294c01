import * as z from "zod";
import { MOST_COUNTED } from "../../../protocol/status.ts";
import { Hold } from "./hold.ts";
import { count, flowName, stepName, time } from "./text.ts";
import { Timer } from "./timer.ts";

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

const FlowStatus = z
  .object({
    flow: flowName(),
    steps: z.array(StepQueue),
    timers: z.array(Timer),
    deadLetters: count(),
    objective: z
      .object({ completedWithin: z.string().meta({ examples: ["1 minute"] }), for: z.string().meta({ examples: ["99.9 %"] }) })
      .nullable()
      .meta({
        description: "The share of the requests that is to complete within the time; `null` where the flow declares none.",
      }),
  })
  .meta({ id: "FlowStatus" });

export const Status = z
  .object({
    at: time(),
    table: z.string().meta({
      description: "Name of the state table, which is the dimension `Hub` of the hub's metrics.",
      examples: ["hub-state-1a2b3c4"],
    }),
    flows: z.array(FlowStatus),
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
