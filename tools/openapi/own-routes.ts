import * as z from "zod";
import { CORRELATION_ID, REQUEST_STATUSES } from "../../model/index.ts";
import { MOST_GROUPED } from "../../protocol/dead-letter-groups.ts";
import { INPUT_LIFE_SECONDS, LONGEST_ANSWER_WAIT_SECONDS } from "../../protocol/limits.ts";
import { REQUEST_ID } from "../../protocol/queries.ts";
import { OPS_ROLES, OPS_ROUTES, type OpsOperation, STATUS_ROUTES, TENANT_OPERATIONS } from "../../protocol/routes.ts";
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
        readonly schema: z.ZodType;
        /** @default one made from the schema */
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
const answer = (status: number, description: string, schema: z.ZodType): OwnRoute["answers"] => ({
  [status]: { description, schema },
});

const STATUS: Readonly<Record<string, OwnRoute>> = {
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
    answers: answer(200, "A page of requests.", RequestPage),
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
};

/** Each takes a role, so that 403 is among its problems, and 400 where it has a body. */
type OpsRoute = Omit<OwnRoute, "parameters" | "problems"> & Partial<Pick<OwnRoute, "parameters" | "problems">>;
const OPS: Readonly<Record<OpsOperation, OpsRoute>> = {
  listDeadLetters: {
    operationId: "listDeadLetters",
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
    answers: answer(200, "Dead letters that match the filters.", DeadLetterPage),
    problems: [400],
  },
  showDeadLetter: {
    operationId: "getDeadLetter",
    parameters: { id: z.string().meta({ examples: ["0f1e2d3c4b5a6978"] }) },
    answers: answer(200, "The dead letter with its message.", DeadLetter),
    problems: [404],
  },
  redrive: {
    operationId: "redriveDeadLetters",
    description: "Sends each dead letter back to the queue of its step.",
    body: Redrive,
    answers: decisions("redriven", "it is already redriven"),
    problems: [404],
  },
  discard: {
    operationId: "discardDeadLetters",
    description: "Closes dead letters for good. A flow that declares compensations then compensates its completed steps.",
    body: Discard,
    answers: decisions("discarded", "it is already discarded"),
    problems: [404],
  },
  complete: {
    operationId: "completeDeadLetter",
    description:
      "Sends a dead letter back with the answers of its calls that may have taken effect. The step continues as if the third party had answered so, and does not repeat these calls.",
    parameters: { id: z.string().meta({ examples: ["0f1e2d3c4b5a6978"] }) },
    body: Complete,
    answers: decisions("completed", "it is already completed"),
    problems: [404, 413],
  },
  edit: {
    operationId: "editDeadLetter",
    description:
      "Changes the payload that a redrive sends; the original message stays. The step checks it by the event's schema when it is sent back. A value that is shown masked keeps what it stands for.",
    parameters: { id: z.string().meta({ examples: ["0f1e2d3c4b5a6978"] }) },
    body: Edit,
    answers: answer(200, "What was changed.", Edited),
    problems: [404, 409, 413],
  },
  listGroups: {
    operationId: "listDeadLetterGroups",
    description: `Groups the newest ${MOST_GROUPED} open dead letters by error code, step, third party and message.`,
    answers: answer(200, "The groups, each with what was noted about it.", DeadLetterGroups),
  },
  noteGroup: {
    operationId: "noteDeadLetterGroup",
    description: "Notes what is known of a group, and who takes care of it. The note stays for 90 days.",
    parameters: { id: groupId() },
    body: NoteOrder,
    answers: answer(200, "Note and owner afterwards.", Noted),
    problems: [404],
  },
  listJobs: {
    operationId: "listJobs",
    description: "The newest 100 jobs, with progress and refusals.",
    answers: answer(200, "The newest first.", Jobs),
  },
  startJob: {
    operationId: "startJob",
    description:
      "Decides on all open dead letters that a filter selects and that were recorded before now, or on the requests of a list, minute by minute. It goes on after a restart, and stops itself when too many of those that it sent back or ran again fail again.",
    body: JobOrder,
    answers: answer(
      202,
      "The job. On dead letters it begins within a minute; of requests, the first 25 are decided on already.",
      JobAnswer,
    ),
    problems: [409],
  },
  stopJob: {
    operationId: "stopJob",
    description: "Stops a job. What it has taken on at this moment is still decided.",
    parameters: { id: jobId() },
    body: StopOrder,
    answers: answer(200, "The job as it was stopped.", JobAnswer),
    problems: [404, 409],
  },
  startReplay: {
    operationId: "startReplay",
    description: "Replays archived events. Steps that have succeeded do not repeat their effect.",
    body: ReplayOrder,
    answers: answer(202, "EventBridge has started the replay.", ReplayStarted),
  },
  showReplay: {
    operationId: "getReplay",
    parameters: { name: z.string().meta({ examples: ["hub-order-to-erp-1a2b3c4d"] }) },
    answers: answer(200, "The state of the replay.", Replay),
    problems: [404],
  },
  listHolds: {
    operationId: "listHolds",
    answers: answer(200, "What is held at this moment.", Holds),
  },
  hold: {
    operationId: "hold",
    description: "Lets messages wait: no attempt begins. The same hold again extends it; a shorter one is refused.",
    body: HoldOrder,
    answers: answer(200, "It is held.", Held),
    problems: [409],
  },
  release: {
    operationId: "release",
    description: "Ends a hold. Messages go on within five minutes.",
    body: ReleaseOrder,
    answers: answer(200, "It is released.", Released),
    problems: [409],
  },
  status: {
    operationId: "getStatus",
    description: "Queues, schedules, polls, circuit breakers, holds and open dead letters of the hub.",
    answers: answer(200, "How the hub stands at this moment.", Status),
  },
  runTrigger: {
    operationId: "runTrigger",
    description: "Starts a schedule or a poll now, beside its own runs, and also while it is disabled.",
    body: RunOrder,
    answers: answer(202, "It is started.", TriggerRun),
  },
  skipRuns: {
    operationId: "skipRuns",
    description:
      "Leaves runs of a schedule out: the request of each is cancelled before it begins. Only where the schedule is a `cron(…)`.",
    body: SkipOrder,
    answers: answer(200, "The runs that are left out.", TimedRuns),
    problems: [409],
  },
  backfill: {
    operationId: "backfillSchedule",
    description:
      "Starts the runs of a schedule between two times that did not come, each with its own time. Only where the schedule is a `cron(…)`.",
    body: BackfillOrder,
    answers: answer(202, "The runs that are started.", TimedRuns),
  },
  cancel: {
    operationId: "cancelRequest",
    description:
      "Cancels a request in progress: steps that have not begun are skipped, and completed ones are compensated where their flow can. The request ends as `cancelled` or `compensated`. A repeated call changes nothing. For the request's tenant, and for the role operator.",
    parameters: { requestId: requestIdInPath() },
    body: CancelOrder,
    answers: answer(202, "No step begins any more.", Cancelled),
    problems: [404, 409],
  },
  runAgain: {
    operationId: "runRequestAgain",
    description: `Starts a new request with the first event of an old one, which is kept for ${INPUT_LIFE_SECONDS / 86_400} days: its steps run anew, and third parties are called again. The same call of the same operator makes one request, however often it comes.`,
    parameters: { requestId: requestIdInPath() },
    body: RunAgainOrder,
    answers: answer(202, "The new request has begun.", RunAgain),
    problems: [404, 409],
  },
  exportInput: {
    operationId: "exportInput",
    description: `Exports the first event of a request, which is kept for ${INPUT_LIFE_SECONDS / 86_400} days, for another hub to run it. Secrets and personal data are masked.`,
    parameters: { requestId: requestIdInPath() },
    answers: answer(200, "The input and the schema of its event.", InputAnswer),
    problems: [400, 404, 409],
  },
  runExport: {
    operationId: "runExport",
    description:
      "Starts a new request with an input that another hub exported. The same call of the same operator makes one request, however often it comes; an edited input makes another.",
    body: RunExportOrder,
    answers: answer(202, "The new request has begun.", RunExport),
    problems: [409],
  },
  audit: {
    operationId: "listAudit",
    description: "What operators did, when and why, of at most 31 days.",
    parameters: {
      by: text("Consumer that did it.", "operations"),
      verb: text("What was done.", "redrive"),
      from: moment("Begun at this time or later. Default: 7 days before `to`.", "2026-11-24"),
      to: moment("Begun before this time. Default: now.", "2026-11-25"),
      limit: page(1_000, 100),
    },
    answers: answer(200, "Entries of the audit trail.", AuditPage),
    problems: [400],
  },
};

/** Of an operation that a tenant may use as well, the description says so itself. */
const role = (operation: OpsOperation): readonly string[] =>
  TENANT_OPERATIONS.includes(operation)
    ? []
    : [`Takes the role ${OPS_ROLES[operation]}, which the stack gives to consumers in \`hub:operators\`.`];

/** By route. `documentOf` requires the same routes here and in the gateway's body. */
export const OWN_ROUTES: Readonly<Record<string, OwnRoute>> = {
  ...STATUS,
  ...Object.fromEntries(
    (Object.keys(OPS) as OpsOperation[]).map((operation) => {
      const { description, parameters = {}, problems = [], ...rest } = OPS[operation];
      const refusals = [...problems, ...(rest.body ? [400] : []), 403, 500].sort((a, b) => a - b);
      const says = [...(description === undefined ? [] : [description]), ...role(operation)].join(" ");
      return [OPS_ROUTES[operation], { ...rest, description: says, parameters, problems: refusals }];
    }),
  ),
};

function decisions(state: string, refused: string): OwnRoute["answers"] {
  const id = "0f1e2d3c4b5a6978";
  const of = (result: object) => ({ schema: Decisions, example: { results: [result], more: false } });
  return {
    200: { description: "The decision about each dead letter; some may be refused.", ...of({ id, state }) },
    409: { description: "All were refused; the body gives the reasons.", ...of({ id, refused }) },
  };
}
