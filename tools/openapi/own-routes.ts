import * as z from "zod";
import { CORRELATION_ID, REQUEST_STATUSES } from "../../model/index.ts";
import { DeadLetter, DeadLetterPage, Decisions, Discard, LetterState, Redrive } from "./schemas/dead-letter.ts";
import { Replay, ReplayOrder, ReplayStarted } from "./schemas/replay.ts";
import { Request, RequestPage } from "./schemas/request.ts";

/** What the hub's own functions take and answer; which routes there are, the gateway's body says. */
export interface OwnRoute {
  readonly operationId: string;
  readonly description?: string;
  /** Path and query parameters by name. */
  readonly parameters: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** Answers that are no problems, by status. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema: z.ZodType }>>;
  /** Statuses of problems that the function answers with. */
  readonly problems: readonly number[];
}

const text = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description, examples: [example] });
const moment = (description: string) =>
  z
    .union([z.string().meta({ format: "date-time" }), z.string().meta({ format: "date" })])
    .optional()
    .meta({ description, examples: ["2026-11-24"] });
const page = (most: number, fallback: number) => z.int().min(1).max(most).default(fallback);
const OPERATORS = "For operators: consumers that the stack names in `hub:operators`.";

/** By route. `documentOf` holds it against the gateway's body: neither has a route that the other lacks. */
export const OWN_ROUTES: Readonly<Record<string, OwnRoute>> = {
  "GET /requests": {
    operationId: "listRequests",
    description:
      "The caller's requests, and those that webhooks and schedules have started. All filters that are given have to hold.",
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
      from: moment("Created then or later."),
      to: moment("Created before."),
      limit: page(100, 50),
      cursor: z.string().optional().meta({ description: "Of the page before; all other parameters have to be as they were." }),
    },
    answers: { 200: { description: "A page of requests.", schema: RequestPage } },
    problems: [400, 500],
  },
  "GET /requests/{requestId}": {
    operationId: "getRequest",
    parameters: { requestId: z.string().meta({ pattern: "^[A-Za-z0-9._:-]{1,512}$" }) },
    answers: { 200: { description: "What has become of it so far.", schema: Request } },
    problems: [400, 404, 500],
  },
  "GET /ops/dead-letters": {
    operationId: "listDeadLetters",
    description: OPERATORS,
    parameters: {
      state: z.enum([...LetterState.options, "any"]).default("open"),
      flow: text("Of the flow of this name.", "order-to-erp"),
      step: text("Of the step of this name.", "register"),
      requestId: text("Of this request.", "9c5f1f0e-6c0b-4f4a-9a53-0c1f7c2b8d11"),
      correlationId: text("Of the requests with this correlation id.", "checkout-4711"),
      error: text("With this error code.", "THIRD_PARTY_FAILED"),
      from: moment("Recorded then or later."),
      to: moment("Recorded before."),
      limit: page(1_000, 100),
    },
    answers: { 200: { description: "Those that the filters find.", schema: DeadLetterPage } },
    problems: [400, 403, 500],
  },
  "GET /ops/dead-letters/{id}": {
    operationId: "getDeadLetter",
    description: OPERATORS,
    parameters: { id: z.string().meta({ examples: ["0f1e2d3c4b5a6978"] }) },
    answers: { 200: { description: "The dead letter with its message.", schema: DeadLetter } },
    problems: [403, 404, 500],
  },
  "POST /ops/dead-letters/redrive": {
    operationId: "redriveDeadLetters",
    description: `Each goes back to the very queue of its step. ${OPERATORS}`,
    parameters: {},
    body: Redrive,
    answers: decisions(),
    problems: [400, 403, 404, 500],
  },
  "POST /ops/dead-letters/discard": {
    operationId: "discardDeadLetters",
    description: `What the flow has done so far is undone where it declares how. ${OPERATORS}`,
    parameters: {},
    body: Discard,
    answers: decisions(),
    problems: [400, 403, 404, 500],
  },
  "POST /ops/replays": {
    operationId: "startReplay",
    description: `Steps that have done their work repeat no effect. ${OPERATORS}`,
    parameters: {},
    body: ReplayOrder,
    answers: { 202: { description: "EventBridge has taken it on.", schema: ReplayStarted } },
    problems: [400, 403, 500],
  },
  "GET /ops/replays/{name}": {
    operationId: "getReplay",
    description: OPERATORS,
    parameters: { name: z.string().meta({ examples: ["hub-order-to-erp-1a2b3c4d"] }) },
    answers: { 200: { description: "How far it is.", schema: Replay } },
    problems: [403, 404, 500],
  },
};

function decisions(): OwnRoute["answers"] {
  return {
    200: { description: "What became of each; some may have been refused.", schema: Decisions },
    409: { description: "Each was refused; the answer says why.", schema: Decisions },
  };
}
