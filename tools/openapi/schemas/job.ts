import * as z from "zod";
import {
  DEAD_LETTER_VERBS,
  DEFAULT_RATE,
  DEFAULT_STOP,
  JOB_ID,
  JOB_STATES,
  JOB_VERBS,
  LARGEST_CHOICE,
  LARGEST_RATE,
  LARGEST_STOP,
  REQUEST_VERBS,
} from "../../../protocol/jobs.ts";
import { FOR_THE_AUDIT, reason } from "./audit.ts";
import { DeadLetterFilter } from "./dead-letter.ts";
import { count, requestId, time } from "./text.ts";

export const jobId = () => z.string().meta({ pattern: JOB_ID.source, examples: ["job-20261129004100000-0f1e2d3c"] });
const why = () => reason("the ERP is back", FOR_THE_AUDIT);

const Job = z
  .object({
    id: jobId(),
    verb: z.enum(JOB_VERBS),
    filter: z
      .record(z.string(), z.string())
      .meta({ description: "Empty for all, and for requests.", examples: [{ flow: "order-to-erp" }] }),
    requests: z
      .int()
      .min(0)
      .max(LARGEST_CHOICE)
      .meta({ description: "How many requests were chosen; 0 where it decides on dead letters." }),
    rate: z.int().min(1).max(LARGEST_RATE).meta({ description: "Dead letters or requests a minute." }),
    stopAfter: z.int().min(1).max(LARGEST_STOP),
    by: z.string(),
    why: z.string(),
    state: z.enum(JOB_STATES),
    ended: z.string().meta({ description: "Why it ended; empty while it runs." }),
    startedAt: time(),
    endedAt: z.string().meta({ description: "Time of its end; empty while it runs.", examples: ["2026-11-29T00:41:00.000Z"] }),
    done: count(),
    refused: count(),
    again: count().meta({
      description: "How many of those that it sent back or ran again had an open dead letter at its last look.",
    }),
    refusals: z
      .array(z.object({ id: z.string(), refused: z.string() }))
      .meta({ description: "The first 100 refusals, each by the id of its dead letter or request." }),
  })
  .meta({ id: "Job", description: "A decision on many dead letters or requests." });

export const Jobs = z.object({ jobs: z.array(Job) }).meta({ id: "Jobs" });
export const JobAnswer = z.object({ job: Job }).meta({ id: "JobAnswer" });
export const StopOrder = z.strictObject({ reason: why() }).meta({ id: "StopOrder" });

const settings = {
  rate: z.int().min(1).max(LARGEST_RATE).default(DEFAULT_RATE).meta({ description: "Dead letters or requests a minute." }),
  stopAfter: z
    .int()
    .min(1)
    .max(LARGEST_STOP)
    .default(DEFAULT_STOP)
    .meta({ description: "It stops itself when so many of those that it sent back or ran again have failed again." }),
  reason: why(),
};
export const JobOrder = z
  .union([
    z.strictObject({ verb: z.enum(DEAD_LETTER_VERBS), filter: DeadLetterFilter.omit({ to: true }), ...settings }),
    z.strictObject({ verb: z.enum(DEAD_LETTER_VERBS), all: z.literal(true), ...settings }),
    z.strictObject({
      verb: z.enum(REQUEST_VERBS).meta({ description: "redrive: of their open dead letters." }),
      requestIds: z
        .array(requestId())
        .min(1)
        .max(LARGEST_CHOICE)
        .meta({ description: "Of requests, decided on in this order; the first 25 before the answer." }),
      ...settings,
    }),
  ])
  .meta({ id: "JobOrder" });
