import * as z from "zod";
import { LONGEST_NOTE, LONGEST_OWNER } from "../../../protocol/dead-letter-groups.ts";
import { DEAD_LETTER_ID } from "../../../protocol/queries.ts";
import { optionalReason, reason } from "./audit.ts";
import { correlationId, count, flowName, laterTime, requestId, stepName, time } from "./text.ts";

const deadLetterId = () => z.string().meta({ pattern: DEAD_LETTER_ID.source, examples: ["0f1e2d3c4b5a6978"] });
export const DeadLetterState = z.enum(["open", "redriven", "completed", "discarded"]).meta({
  id: "DeadDeadLetterState",
  description:
    "`open`: waits for a decision. `redriven`: sent back to its step. `completed`: sent back with the answers of its calls. `discarded`: closed for good.",
});

const DeadLetterSummary = z
  .object({
    id: deadLetterId(),
    state: DeadLetterState,
    flow: flowName(),
    step: stepName().meta({
      description: "`trigger:<name>` when a schedule's event did not reach the bus; empty when unknown.",
    }),
    requestId: requestId().nullable(),
    correlationId: correlationId().nullable(),
    event: z.string().nullable(),
    errorCode: z.string(),
    errorMessage: z.string(),
    shape: z.enum(["runtime", "backstop", "target", "invocation", "schedule"]).meta({
      description:
        "What sent the message to the dead-letter queue: the step's function, SQS, EventBridge, Lambda or EventBridge Scheduler.",
    }),
    attempts: count(),
    times: count().meta({ description: "Number of times the message became a dead letter." }),
    at: time().meta({ description: "Time of the last record." }),
    firstAt: time(),
    autoRedrives: count(),
    redriveAt: time().nullable().meta({ description: "Time of the automatic redrive." }),
    closedAt: time().nullable(),
    closedBy: z.string().nullable(),
    reason: z.string().nullable().meta({ description: "Reason of the discard." }),
  })
  .meta({ id: "DeadLetterSummary" });

export const DeadLetterPage = z
  .object({
    deadLetters: z.array(DeadLetterSummary),
    more: z.boolean().meta({ description: "More dead letters may match: call again with `to` set to `next`." }),
    next: time().optional().meta({
      description:
        "Value of `to` for the next page, which may repeat dead letters of the same millisecond. A call reads some thousands at most, so a page may be short, or empty, although more follow.",
    }),
  })
  .meta({ id: "DeadLetterPage", description: "Newest first." });

const revision = () =>
  z.string().meta({
    pattern: "^[0-9]+[.][0-9]+$",
    examples: ["1.0"],
    description: "Changes when the dead letter fails again or is edited.",
  });
const Change = z
  .object({ path: z.string().meta({ description: "JSON pointer (RFC 6901)." }), before: z.unknown(), after: z.unknown() })
  .partial({ before: true, after: true })
  .meta({
    id: "DeadLetterChange",
    description: "Masked. Without `before` where it was added, without `after` where it was removed.",
  });
export const Edit = z
  .strictObject({
    data: z.looseObject({}).meta({ description: "The whole payload as it is to be.", examples: [{ orderId: "O-4711" }] }),
    revision: revision(),
    reason: reason("wrong postcode"),
  })
  .meta({ id: "DeadLetterEdit" });
export const Edited = z
  .object({ id: deadLetterId(), revision: revision(), changes: z.array(Change) })
  .meta({ id: "DeadLetterEdited" });

export const DeadLetter = z
  .object({
    ...DeadLetterSummary.shape,
    cause: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "The event and its delivery; null when the message is not an event of the hub." }),
    calls: z
      .record(
        z.string(),
        z.object({ status: z.int(), contentType: z.string(), size: count(), text: z.string() }).nullable().meta({
          description: "The answer that can't be read: size in bytes, and its begin, masked. Null where no answer came.",
        }),
      )
      .meta({ description: "Calls that may have taken effect, by `<adapter>.<operation>#<number>`." }),
    completion: z
      .object({ by: z.string(), at: time() })
      .nullable()
      .meta({ description: "Who supplied the answers of its calls." }),
    delivery: z
      .enum(["retrying", "failed", "succeeded"])
      .nullable()
      .meta({ description: "What the ledger knows of the step's delivery at this moment." }),
    revision: revision(),
    message: z.unknown().meta({ description: "The message in the queue; values that look like secrets are masked." }),
    edited: z
      .object({ by: z.string(), at: time(), why: z.string(), data: z.unknown(), changes: z.array(Change) })
      .nullable()
      .meta({ description: "The payload that a redrive sends, where an operator changed it." }),
  })
  .meta({ id: "DeadLetter" });

export const groupId = () => z.string().meta({ pattern: DEAD_LETTER_ID.source, examples: ["8796a5b4c3d2e1f0"] });
const groupOfOneCause = () => groupId().meta({ description: "Id of a group of one cause." });
const GroupNote = z
  .object({
    note: z.string().meta({ examples: ["the ERP's certificate has expired, ticket 4711"] }),
    owner: z.string().meta({ examples: ["ana"] }),
    by: z.string().meta({ description: "The consumer that wrote it last." }),
    at: time(),
  })
  .meta({ id: "GroupNote", description: "What operators noted about a group." });
const DeadLetterGroup = z
  .object({
    id: groupOfOneCause(),
    flow: flowName(),
    step: stepName(),
    errorCode: z.string(),
    thirdParty: z.string().meta({ description: "The third party that the error names, or empty." }),
    pattern: z.string().meta({ description: "The message without what differs from one dead letter to the next." }),
    count: count(),
    firstAt: time(),
    at: time(),
    noted: GroupNote.nullable(),
  })
  .meta({ id: "DeadLetterGroup" });
export const DeadLetterGroups = z
  .object({
    groups: z.array(DeadLetterGroup),
    counted: count().meta({ description: "The newest so many open dead letters were grouped." }),
    more: z.boolean(),
  })
  .meta({ id: "DeadLetterGroups", description: "The group with the newest dead letter first." });
export const NoteOrder = z
  .strictObject({
    note: z.string().max(LONGEST_NOTE).optional(),
    owner: z
      .string()
      .max(LONGEST_OWNER)
      .optional()
      .meta({ description: "Who takes care of it.", examples: ["ana"] }),
    reason: optionalReason(),
  })
  .meta({ id: "NoteOrder", description: "At least one of `note` and `owner`; an empty text takes it away." });
export const Noted = z.object({ id: groupOfOneCause(), noted: GroupNote }).meta({ id: "Noted" });

const when = () => z.string().min(1).max(512);
export const DeadLetterFilter = z
  .strictObject({
    flow: when().optional(),
    step: when().optional(),
    requestId: when().optional(),
    correlationId: when().optional(),
    error: when().optional().meta({ description: "Error code." }),
    group: groupOfOneCause().optional(),
    from: time().optional().meta({ description: "Recorded at this time or later." }),
    to: laterTime().optional().meta({ description: "Recorded before this time." }),
  })
  .meta({
    id: "DeadLetterFilter",
    minProperties: 1,
    description: "All given filters apply. To select all dead letters, use `all`.",
  });

const selection = (more: z.ZodRawShape) => [
  z.strictObject({ ids: z.array(deadLetterId()).min(1).max(100), ...more }),
  z.strictObject({ filter: DeadLetterFilter, ...more }),
  z.strictObject({ all: z.literal(true), ...more }),
];
const BY = "Selects dead letters by ids, by a filter over open ones, or all open ones; at most 100 in one call.";
export const Redrive = z.union(selection({ reason: optionalReason() })).meta({ id: "Redrive", description: BY });
export const Discard = z
  .union(
    selection({
      reason: reason("cancelled by the customer"),
    }),
  )
  .meta({ id: "Discard", description: BY });

const answer = () => z.unknown().meta({ description: "As JSON: what the operation returns to the handler; bytes as base64." });
export const Complete = z
  .union([
    z.strictObject({ answer: answer(), reason: optionalReason() }),
    z.strictObject({
      reason: optionalReason(),
      answers: z.record(z.string(), answer()).meta({ description: "By call, all calls of the dead letter." }),
    }),
  ])
  .meta({ id: "Complete", description: "Answers of the dead letter's calls; at most 40 KB." });

const Decision = z
  .union([
    z.object({ id: deadLetterId(), state: z.enum(["redriven", "completed", "discarded"]) }),
    z.object({ id: deadLetterId(), refused: z.string().meta({ description: "Reason of the refusal." }) }),
  ])
  .meta({ id: "Decision" });
export const Decisions = z
  .object({
    results: z.array(Decision),
    more: z.boolean().meta({ description: "More dead letters match; repeat the call." }),
  })
  .meta({ id: "Decisions" });
