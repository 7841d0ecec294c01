import * as z from "zod";
import { CORRELATION_ID, REQUEST_STATUSES } from "../../model/index.ts";
import { MOST_GROUPED } from "../../protocol/dead-letter-groups.ts";
import { INPUT_LIFE_SECONDS, LONGEST_ANSWER_WAIT_SECONDS } from "../../protocol/limits.ts";
import { REQUEST_ID } from "../../protocol/queries.ts";
import { OPS_ROLES, OPS_ROUTES, type OpsOperation, STATUS_ROUTES } from "../../protocol/routes.ts";
import { someHeaders } from "./headers.ts";
import type { Json } from "./json.ts";
import { AuditPage } from "./schemas/audit.ts";
import {
  Complete,
  DeadLetter,
  DeadLetterGroups,
  DeadLetterPage,
  DeadLetterState,
  Decisions,
  Discard,
  Edit,
  Edited,
  groupId,
  Noted,
  NoteOrder,
  Redrive,
} from "./schemas/dead-letter.ts";
import { Held, HoldOrder, Holds, Released, ReleaseOrder } from "./schemas/hold.ts";
import { JobAnswer, JobOrder, Jobs, jobId, StopOrder } from "./schemas/job.ts";
import { Replay, ReplayOrder, ReplayStarted } from "./schemas/replay.ts";
import {
  Cancelled,
  CancelOrder,
  InputAnswer,
  Request,
  RequestPage,
  RunAgain,
  RunAgainOrder,
  RunExport,
  RunExportOrder,
} from "./schemas/request.ts";
import { Status } from "./schemas/status.ts";
import { BackfillOrder, RunOrder, SkipOrder, TimedRuns, TriggerRun } from "./schemas/timer.ts";

const requestIdInPath = () => z.string().meta({ pattern: REQUEST_ID.source, examples: ["9c5f1f0e-6c0b-4f4a-9a53-0c1f7c2b8d11"] });

/** Requests and responses of the hub's functions. The gateway's body defines which routes exist. */
export interface OwnRoute {
  readonly operationId: string;
  readonly description?: string;
  /** Parameters of path, query and header by name. */
  readonly parameters: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** Successful responses, by status. */
  readonly answers: Readonly<
    Record<
      number,
      {
        readonly description: string;
        readonly schema: z.ZodType /** @default one made from the schema */;
        readonly example?: unknown;
        /** @default none */
        readonly headers?: Json;
      }
    >
  >;
  /** Statuses of problems that the function returns. */
  readonly problems: readonly number[];
}

const text = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description, examples: [example] });
const moment = (description: string, example: string) =>
  z
    .union([z.string().meta({ format: "date-time" }), z.string().meta({ format: "date" })])
    .optional()
    .meta({ description, examples: [example] });
const page = (most: number, fallback: number) => z.int().min(1).max(most).default(fallback);
const takes = (operation: OpsOperation) =>
  `Takes the role ${OPS_ROLES[operation]}, which the stack gives to consumers in \`hub:operators\`.`;

/** By route. `documentOf` requires the same routes here and in the gateway's body. */
export const OWN_ROUTES: Readonly<Record<string, OwnRoute>> = {
  [STATUS_ROUTES.listRequests]: {
    operationId: "listRequests",
    description: "The caller's requests, and those started by webhooks, schedules and polls. All given filters apply.",
    parameters: {
      flow: z
        .string()
        .optional()
        .meta({ pattern: "^[a-z][a-z0-9-]{0,23}$", examples: ["order-to-erp"] }),
      status: z.enum(REQUEST_STATUSES).optional(),
      correlationId: z
        .string()
        .optional()
        .meta({ pattern: CORRELATION_ID.source, examples: ["checkout-4711"] }),
      key: text("Value of a business key of the flow's events, such as an order's number; not with `cursor`.", "O-4711"),
      from: moment("Created at this time or later.", "2026-11-24"),
      to: moment("Created before this time.", "2026-11-25"),
      limit: page(100, 50),
      cursor: z.string().optional().meta({ description: "Cursor of the previous page; all other parameters must be unchanged." }),
    },
    answers: { 200: { description: "A page of requests.", schema: RequestPage } },
    problems: [400, 500],
  },
  [STATUS_ROUTES.showRequest]: {
    operationId: "getRequest",
    description: `\`Prefer: wait=<seconds>\` holds the answer back until the request has ended or is \`blocked\`, for ${LONGEST_ANSWER_WAIT_SECONDS} seconds at most. A malformed preference is ignored.`,
    parameters: {
      requestId: requestIdInPath(),
      Prefer: z
        .string()
        .optional()
        .meta({ description: "Preferences of RFC 7240; `wait` is applied.", examples: ["wait=20"] }),
    },
    answers: {
      200: { description: "The current state of the request.", schema: Request, headers: someHeaders("Preference-Applied") },
    },
    problems: [400, 404, 500],
  },
  [OPS_ROUTES.listDeadLetters]: {
    operationId: "listDeadLetters",
    description: takes("listDeadLetters"),
    parameters: {
      state: z.enum([...DeadLetterState.options, "any"]).default("open"),
      flow: text("Name of the flow.", "order-to-erp"),
      step: text("Name of the step.", "register"),
      requestId: text("Id of the request.", "9c5f1f0e-6c0b-4f4a-9a53-0c1f7c2b8d11"),
      correlationId: text("Correlation id of the requests.", "checkout-4711"),
      error: text("Error code.", "THIRD_PARTY_FAILED"),
      group: text("Id of a group of one cause.", "8796a5b4c3d2e1f0"),
      from: moment("Recorded at this time or later.", "2026-11-24"),
      to: moment("Recorded before this time.", "2026-11-25"),
      limit: page(1_000, 100),
    },
    answers: { 200: { description: "Dead letters that match the filters.", schema: DeadLetterPage } },
    problems: [400, 403, 500],
  },
  [OPS_ROUTES.showDeadLetter]: {
    operationId: "getDeadLetter",
    description: takes("showDeadLetter"),
    parameters: { id: z.string().meta({ examples: ["0f1e2d3c4b5a6978"] }) },
    answers: { 200: { description: "The dead letter with its message.", schema: DeadLetter } },
    problems: [403, 404, 500],
  },
  [OPS_ROUTES.redrive]: {
    operationId: "redriveDeadLetters",
    description: `Sends each dead letter back to the queue of its step. ${takes("redrive")}`,
    parameters: {},
    body: Redrive,
    answers: decisions("redriven", "it is already redriven"),
    problems: [400, 403, 404, 500],
  },
  [OPS_ROUTES.discard]: {
    operationId: "discardDeadLetters",
    description: `Closes dead letters for good. A flow that declares compensations then compensates its completed steps. ${takes("discard")}`,
    parameters: {},
    body: Discard,
    answers: decisions("discarded", "it is already discarded"),
    problems: [400, 403, 404, 500],
  },
  [OPS_ROUTES.complete]: {
    operationId: "completeDeadLetter",
    description: `Sends a dead letter back with the answers of its calls that may have taken effect. The step continues as if the third party had answered so, and does not repeat these calls. ${takes("complete")}`,
    parameters: { id: z.string().meta({ examples: ["0f1e2d3c4b5a6978"] }) },
    body: Complete,
    answers: decisions("completed", "it is already completed"),
    problems: [400, 403, 404, 413, 500],
  },
  [OPS_ROUTES.edit]: {
    operationId: "editDeadLetter",
    description: `Changes the payload that a redrive sends; the original message stays. The step checks it by the event's schema when it is sent back. A value that is shown masked keeps what it stands for. ${takes("edit")}`,
    parameters: { id: z.string().meta({ examples: ["0f1e2d3c4b5a6978"] }) },
    body: Edit,
    answers: { 200: { description: "What was changed.", schema: Edited } },
    problems: [400, 403, 404, 409, 413, 500],
  },
  [OPS_ROUTES.listGroups]: {
    operationId: "listDeadLetterGroups",
    description: `Groups the newest ${MOST_GROUPED} open dead letters by error code, step, third party and message. ${takes("listGroups")}`,
    parameters: {},
    answers: { 200: { description: "The groups, each with what was noted about it.", schema: DeadLetterGroups } },
    problems: [403, 500],
  },
  [OPS_ROUTES.noteGroup]: {
    operationId: "noteDeadLetterGroup",
    description: `Notes what is known of a group, and who takes care of it. The note stays for 90 days. ${takes("noteGroup")}`,
    parameters: { id: groupId() },
    body: NoteOrder,
    answers: { 200: { description: "Note and owner afterwards.", schema: Noted } },
    problems: [400, 403, 404, 500],
  },
  [OPS_ROUTES.listJobs]: {
    operationId: "listJobs",
    description: `The newest 100 jobs, with progress and refusals. ${takes("listJobs")}`,
    parameters: {},
    answers: { 200: { description: "The newest first.", schema: Jobs } },
    problems: [403, 500],
  },
  [OPS_ROUTES.startJob]: {
    operationId: "startJob",
    description: `Decides on all open dead letters that a filter selects and that were recorded before now, minute by minute. It goes on after a restart, and stops itself when too many of those that it sent back fail again. ${takes("startJob")}`,
    parameters: {},
    body: JobOrder,
    answers: { 202: { description: "The job begins within a minute.", schema: JobAnswer } },
    problems: [400, 403, 409, 500],
  },
  [OPS_ROUTES.stopJob]: {
    operationId: "stopJob",
    description: `Stops a job. What it has taken on at this moment is still decided. ${takes("stopJob")}`,
    parameters: { id: jobId() },
    body: StopOrder,
    answers: { 200: { description: "The job as it was stopped.", schema: JobAnswer } },
    problems: [400, 403, 404, 409, 500],
  },
  [OPS_ROUTES.startReplay]: {
    operationId: "startReplay",
    description: `Replays archived events. Steps that have succeeded do not repeat their effect. ${takes("startReplay")}`,
    parameters: {},
    body: ReplayOrder,
    answers: { 202: { description: "EventBridge has started the replay.", schema: ReplayStarted } },
    problems: [400, 403, 500],
  },
  [OPS_ROUTES.showReplay]: {
    operationId: "getReplay",
    description: takes("showReplay"),
    parameters: { name: z.string().meta({ examples: ["hub-order-to-erp-1a2b3c4d"] }) },
    answers: { 200: { description: "The state of the replay.", schema: Replay } },
    problems: [403, 404, 500],
  },
  [OPS_ROUTES.listHolds]: {
    operationId: "listHolds",
    description: takes("listHolds"),
    parameters: {},
    answers: { 200: { description: "What is held at this moment.", schema: Holds } },
    problems: [403, 500],
  },
  [OPS_ROUTES.hold]: {
    operationId: "hold",
    description: `Lets messages wait: no attempt begins. The same hold again extends it; a shorter one is refused. ${takes("hold")}`,
    parameters: {},
    body: HoldOrder,
    answers: { 200: { description: "It is held.", schema: Held } },
    problems: [400, 403, 409, 500],
  },
  [OPS_ROUTES.release]: {
    operationId: "release",
    description: `Ends a hold. Messages go on within five minutes. ${takes("release")}`,
    parameters: {},
    body: ReleaseOrder,
    answers: { 200: { description: "It is released.", schema: Released } },
    problems: [400, 403, 409, 500],
  },
  [OPS_ROUTES.status]: {
    operationId: "getStatus",
    description: `Queues, schedules, polls, circuit breakers, holds and open dead letters of the hub. ${takes("status")}`,
    parameters: {},
    answers: { 200: { description: "How the hub stands at this moment.", schema: Status } },
    problems: [403, 500],
  },
  [OPS_ROUTES.runTrigger]: {
    operationId: "runTrigger",
    description: `Starts a schedule or a poll now, beside its own runs, and also while it is disabled. ${takes("runTrigger")}`,
    parameters: {},
    body: RunOrder,
    answers: { 202: { description: "It is started.", schema: TriggerRun } },
    problems: [400, 403, 500],
  },
  [OPS_ROUTES.skipRuns]: {
    operationId: "skipRuns",
    description: `Leaves runs of a schedule out: the request of each is cancelled before it begins. Only where the schedule is a \`cron(…)\`. ${takes("skipRuns")}`,
    parameters: {},
    body: SkipOrder,
    answers: { 200: { description: "The runs that are left out.", schema: TimedRuns } },
    problems: [400, 403, 409, 500],
  },
  [OPS_ROUTES.backfill]: {
    operationId: "backfillSchedule",
    description: `Starts the runs of a schedule between two times that did not come, each with its own time. Only where the schedule is a \`cron(…)\`. ${takes("backfill")}`,
    parameters: {},
    body: BackfillOrder,
    answers: { 202: { description: "The runs that are started.", schema: TimedRuns } },
    problems: [400, 403, 500],
  },
  [OPS_ROUTES.cancel]: {
    operationId: "cancelRequest",
    description:
      "Cancels a request in progress: steps that have not begun are skipped, and completed ones are compensated where their flow can. The request ends as `cancelled` or `compensated`. A repeated call changes nothing. For the request's tenant, and for the role operator.",
    parameters: {
      requestId: requestIdInPath(),
    },
    body: CancelOrder,
    answers: { 202: { description: "No step begins any more.", schema: Cancelled } },
    problems: [400, 403, 404, 409, 500],
  },
  [OPS_ROUTES.runAgain]: {
    operationId: "runRequestAgain",
    description: `Starts a new request with the first event of an old one, which is kept for ${INPUT_LIFE_SECONDS / 86_400} days: its steps run anew, and third parties are called again. The same call of the same operator makes one request, however often it comes. ${takes("runAgain")}`,
    parameters: {
      requestId: requestIdInPath(),
    },
    body: RunAgainOrder,
    answers: { 202: { description: "The new request has begun.", schema: RunAgain } },
    problems: [400, 403, 404, 409, 500],
  },
  [OPS_ROUTES.exportInput]: {
    operationId: "exportInput",
    description: `Exports the first event of a request, which is kept for ${INPUT_LIFE_SECONDS / 86_400} days, for another hub to run it. Secrets and personal data are masked. ${takes("exportInput")}`,
    parameters: {
      requestId: requestIdInPath(),
    },
    answers: { 200: { description: "The input and the schema of its event.", schema: InputAnswer } },
    problems: [400, 403, 404, 409, 500],
  },
  [OPS_ROUTES.runExport]: {
    operationId: "runExport",
    description: `Starts a new request with an input that another hub exported. The same call of the same operator makes one request, however often it comes; an edited input makes another. ${takes("runExport")}`,
    parameters: {},
    body: RunExportOrder,
    answers: { 202: { description: "The new request has begun.", schema: RunExport } },
    problems: [400, 403, 409, 500],
  },
  [OPS_ROUTES.audit]: {
    operationId: "listAudit",
    description: `What operators did, when and why, of at most 31 days. ${takes("audit")}`,
    parameters: {
      by: text("Consumer that did it.", "operations"),
      verb: text("What was done.", "redrive"),
      from: moment("Begun at this time or later. Default: 7 days before `to`.", "2026-11-24"),
      to: moment("Begun before this time. Default: now.", "2026-11-25"),
      limit: page(1_000, 100),
    },
    answers: { 200: { description: "Entries of the audit trail.", schema: AuditPage } },
    problems: [400, 403, 500],
  },
};

function decisions(state: string, refused: string): OwnRoute["answers"] {
  const id = "0f1e2d3c4b5a6978";
  const of = (result: object) => ({ schema: Decisions, example: { results: [result], more: false } });
  return {
    200: { description: "The decision about each dead letter; some may be refused.", ...of({ id, state }) },
    409: { description: "All were refused; the body gives the reasons.", ...of({ id, refused }) },
  };
}
