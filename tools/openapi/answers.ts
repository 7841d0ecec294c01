import * as z from "zod";
import { REQUEST_STATUSES } from "../../model/index.ts";

// What the hub's own routes answer. tests/e2e/api-client.test.ts holds real answers against it.

const time = z.iso.datetime();
const told = z.strictObject({ code: z.string(), message: z.string() });

/** RFC 9457. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().optional().meta({ description: "Absent where the gateway itself answers with a status of AWS's own." }),
    detail: z.string(),
    requestId: z.string().meta({ description: "Finds the call in the hub's logs." }),
  })
  .meta({ description: "Problem details (RFC 9457)." });

export const Accepted = z
  .strictObject({
    requestId: z.string(),
    correlationId: z.string(),
    status: z.literal("accepted"),
    statusUrl: z.url(),
  })
  .meta({ description: "The first event is on the bus." });

const status = z.enum(REQUEST_STATUSES);
const head = {
  requestId: z.string(),
  correlationId: z.string(),
  flow: z.string(),
  status,
  createdAt: time,
  updatedAt: time,
};

export const RequestList = z.strictObject({
  requests: z.array(z.strictObject(head)),
  cursor: z.string().optional().meta({ description: "Gives the next page; absent on the last." }),
});

export const Request = z.strictObject({
  ...head,
  steps: z.array(
    z.strictObject({
      step: z.string(),
      status: z.enum(["waiting", "pending", "skipped", "retrying", "failed", "succeeded"]),
      attempts: z.int(),
      startedAt: time.nullable(),
      finishedAt: time.nullable(),
      error: told.optional(),
      compensation: z
        .strictObject({
          status: z.enum(["retrying", "failed", "succeeded"]),
          attempts: z.int(),
          finishedAt: time,
          error: told.optional(),
        })
        .optional(),
    }),
  ),
  events: z.array(z.strictObject({ name: z.string(), eventId: z.string(), step: z.string(), occurredAt: time })),
});

const letter = {
  id: z.string(),
  state: z.enum(["open", "redriven", "discarded"]),
  flow: z.string(),
  step: z.string(),
  requestId: z.string().nullable(),
  correlationId: z.string().nullable(),
  event: z.string().nullable(),
  errorCode: z.string(),
  errorMessage: z.string(),
  shape: z.enum(["runtime", "backstop", "target", "invocation"]),
  attempts: z.int(),
  times: z.int(),
  at: time,
  firstAt: time,
  autoRedrives: z.int(),
  redriveAt: time.nullable(),
  closedAt: time.nullable(),
  closedBy: z.string().nullable(),
  reason: z.string().nullable(),
};

export const DeadLetterList = z.strictObject({ deadLetters: z.array(z.strictObject(letter)), more: z.boolean() });

export const DeadLetter = z.strictObject({
  ...letter,
  cause: z.record(z.string(), z.unknown()).nullable(),
  message: z.unknown().meta({ description: "Values that are secrets by name or form are masked." }),
});

export const Decisions = z.strictObject({
  results: z.array(
    z.union([
      z.strictObject({ id: z.string(), state: z.enum(["redriven", "discarded"]) }),
      z.strictObject({ id: z.string(), refused: z.string() }),
    ]),
  ),
  more: z.boolean().meta({ description: "There are others that the filter finds; ask again." }),
});

const filter = z.strictObject({
  flow: z.string().optional(),
  step: z.string().optional(),
  requestId: z.string().optional(),
  correlationId: z.string().optional(),
  error: z.string().optional(),
  from: time.optional(),
  to: time.optional(),
});
const selections = (more: z.ZodRawShape) =>
  z.union([
    z.strictObject({ ids: z.array(z.string()).min(1).max(100), ...more }),
    z.strictObject({ filter, ...more }),
    z.strictObject({ all: z.literal(true), ...more }),
  ]);
export const Redrive = selections({});
export const Discard = selections({ reason: z.string().min(1).max(500) });

export const ReplayAsked = z.strictObject({
  flow: z.string(),
  steps: z.array(z.string()).min(1).optional().meta({ description: "Names of steps of the flow.", default: "all" }),
  from: time,
  to: time,
});
export const ReplayStarted = z.strictObject({ name: z.string(), flow: z.string(), steps: z.array(z.string()) });
export const Replay = z.looseObject({ state: z.string() });
