import * as z from "zod";
import { correlationId, count, flowName, requestId, stepName, time } from "./text.ts";

const letterId = () => z.string().meta({ pattern: "^[0-9a-f]{16}$", examples: ["0f1e2d3c4b5a6978"] });
export const LetterState = z.enum(["open", "redriven", "discarded"]).meta({
  id: "DeadLetterState",
  description: "`open`: nobody has decided yet. `redriven`: sent back to its step. `discarded`: given up.",
});

const DeadLetterSummary = z
  .object({
    id: letterId(),
    state: LetterState,
    flow: flowName(),
    step: stepName().meta({
      description: "`trigger:<name>` where a schedule's event did not get onto the bus; empty where it can't be told.",
    }),
    requestId: requestId().nullable(),
    correlationId: correlationId().nullable(),
    event: z.string().nullable(),
    errorCode: z.string(),
    errorMessage: z.string(),
    shape: z.enum(["runtime", "backstop", "target", "invocation", "schedule"]).meta({
      description:
        "How it came to the dead letters: sent by the step's function, or moved there by SQS, EventBridge, Lambda or EventBridge Scheduler.",
    }),
    attempts: count(),
    times: count().meta({ description: "How often it has come to the dead letters." }),
    at: time().meta({ description: "When it was last recorded." }),
    firstAt: time(),
    autoRedrives: count(),
    redriveAt: time().nullable().meta({ description: "When it is sent back by itself." }),
    closedAt: time().nullable(),
    closedBy: z.string().nullable(),
    reason: z.string().nullable().meta({ description: "Why it was given up." }),
  })
  .meta({ id: "DeadLetterSummary" });

export const DeadLetterPage = z
  .object({
    deadLetters: z.array(DeadLetterSummary),
    more: z.boolean().meta({ description: "There are others that the filter finds. Narrow it by `to`, or raise `limit`." }),
  })
  .meta({ id: "DeadLetterPage", description: "Newest first." });

export const DeadLetter = z
  .object({
    ...DeadLetterSummary.shape,
    cause: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "The event and the delivery that it belongs to; null where its message is no event of the hub." }),
    message: z.unknown().meta({ description: "As it lay in the queue; values that are secrets by name or form are masked." }),
  })
  .meta({ id: "DeadLetter" });

const when = () => z.string().min(1).max(512);
const DeadLetterFilter = z
  .strictObject({
    flow: when().optional(),
    step: when().optional(),
    requestId: when().optional(),
    correlationId: when().optional(),
    error: when().optional().meta({ description: "The error's code." }),
    from: time().optional().meta({ description: "Recorded then or later." }),
    to: time().optional().meta({ description: "Recorded before." }),
  })
  .meta({ id: "DeadLetterFilter", minProperties: 1, description: "All that is given has to hold. For all of them say `all`." });

const selection = (more: z.ZodRawShape) => [
  z.strictObject({ ids: z.array(letterId()).min(1).max(100), ...more }),
  z.strictObject({ filter: DeadLetterFilter, ...more }),
  z.strictObject({ all: z.literal(true), ...more }),
];
const BY = "Which ones: by their ids, by a filter over the open ones, or all that are open; 100 at most in one call.";
export const Redrive = z.union(selection({})).meta({ id: "Redrive", description: BY });
export const Discard = z
  .union(
    selection({
      reason: z
        .string()
        .min(1)
        .max(500)
        .meta({ examples: ["cancelled by the customer"] }),
    }),
  )
  .meta({ id: "Discard", description: BY });

const Decision = z
  .union([
    z.object({ id: letterId(), state: z.enum(["redriven", "discarded"]) }),
    z.object({ id: letterId(), refused: z.string().meta({ description: "Why it was left as it is." }) }),
  ])
  .meta({ id: "Decision" });
export const Decisions = z
  .object({
    results: z.array(Decision),
    more: z.boolean().meta({ description: "There are others that the filter finds; ask again." }),
  })
  .meta({ id: "Decisions" });
