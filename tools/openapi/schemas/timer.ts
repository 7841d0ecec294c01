import * as z from "zod";
import { scheduledId } from "../../../protocol/first-event.ts";
import { MOST_RUNS } from "../../../protocol/timers.ts";
import { optionalReason, reason } from "./audit.ts";
import { count, flowName, laterTime, time } from "./text.ts";

const trigger = () => z.string().meta({ examples: ["nightly"] });
const runId = (at: string) => scheduledId("order-to-erp", "nightly", at);

export const RunOrder = z
  .strictObject({ flow: flowName(), trigger: trigger(), reason: optionalReason() })
  .meta({ id: "RunOrder", description: "A schedule or a poll." });
export const SkipOrder = z
  .strictObject({
    flow: flowName(),
    trigger: trigger(),
    until: laterTime()
      .optional()
      .meta({ description: `All runs before it, at most ${MOST_RUNS}. Default: the next run alone.` }),
    reason: reason("the ERP is migrated"),
  })
  .meta({ id: "SkipOrder" });
export const BackfillOrder = z
  .strictObject({
    flow: flowName(),
    trigger: trigger(),
    from: time().meta({ description: `At most ${MOST_RUNS} runs, and of the last 90 days.` }),
    to: laterTime().meta({ description: "Not included." }),
    reason: reason("the schedule was disabled"),
  })
  .meta({ id: "BackfillOrder" });

export const TriggerRun = z
  .object({
    flow: flowName(),
    trigger: trigger(),
    requestId: z
      .string()
      .nullable()
      .meta({
        description: "Of the request that a schedule starts; `null` for a poll, which starts one for each event that it finds.",
        examples: [runId("2026-11-24T10:00:00.000Z")],
      }),
  })
  .meta({ id: "TriggerRun" });
export const TimedRuns = z
  .object({
    flow: flowName(),
    trigger: trigger(),
    runs: z.array(
      z.object({
        at: time().meta({ description: "The time for which it is scheduled." }),
        requestId: z.string().meta({ examples: [runId("2026-11-24T10:00:00Z")] }),
      }),
    ),
  })
  .meta({ id: "TimedRuns" });

const PollRun = z
  .object({
    startedAt: time(),
    endedAt: laterTime().nullable().meta({ description: "`null` while it runs, and where it died." }),
    ended: z
      .enum(["caught up", "out of time", "held", "behind", "put off", "running", "failed"])
      .nullable()
      .meta({ description: "`out of time`: the next run goes on. `put off`: a third party asks to be called later." }),
    pages: count(),
    events: count(),
    error: z
      .string()
      .nullable()
      .meta({ description: "Code of the error that ended it.", examples: ["THIRD_PARTY_FAILED"] }),
  })
  .meta({ id: "PollRun", description: "A run of a poll." });

export const Timer = z
  .object({
    trigger: trigger(),
    kind: z.enum(["schedule", "poll"]),
    expression: z.string().meta({ examples: ["rate(5 minutes)"] }),
    timezone: z.string().meta({ examples: ["UTC"] }),
    enabled: z.boolean(),
    nextAt: time().nullable().meta({
      description: "When it runs by itself. `null`: never again, or by a `rate(…)` of which no run is known.",
    }),
    poll: z
      .object({
        cursor: z.unknown().meta({
          description: "Where the next page begins, masked; `null` before the first page that moved it.",
          examples: [{ after: 7 }],
        }),
        lastRun: PollRun.nullable(),
      })
      .nullable()
      .meta({ description: "`null` for a schedule." }),
  })
  .meta({ id: "Timer", description: "A trigger that starts by time." });
