import type { DeadLetterChange } from "../../../protocol/dead-letter.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { badRequest, conflict, HttpProblem, json } from "../../http/problem.ts";
import { pathParameterOf } from "../../http/request.ts";
import type { Logger } from "../../logging/logger.ts";
import { masked, maskedText } from "../../mask.ts";
import type { Services } from "../../services.ts";
import { CRASHED } from "../../third-party/unknown-outcomes.ts";
import { type DeadLetter, revisionOf } from "../dead-letters/dead-letter.ts";
import { deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { type Decided, decideOnAll, decisionsOn } from "../dead-letters/decide.ts";
import { changesBetween, payloadIn, unmasked, withPayload } from "../dead-letters/edit-payload.ts";
import { knownFact } from "../dead-letters/report.ts";
import { flowNamed, namesOfStep, type targetStore } from "../dead-letters/targets.ts";
import {
  answersOf,
  bodyOf,
  editOf,
  filterOf,
  isId,
  LARGEST_CALL,
  limitOf,
  optionalReasonOf,
  reasonOf,
  SELECTION,
  selectionOf,
} from "./request.ts";
import type { Operation, Outcome } from "./route.ts";

const DEFAULT_PAGE = 100;
/** Reasons of refusals that the audit trail has of one call. */
const REASONS = 5;

export function deadLetterOperations(services: Services<OpsEnvironment>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const store = deadLetterStore(services.table);
  const { redrive, discard, complete, edit } = decisionsOn(services, store, targets);
  const personalOf = async (flow: string) => new Set(flowNamed(await targets(), flow)?.personal);

  return {
    listDeadLetters: {
      read: async ({ queryStringParameters }) => {
        const { limit, state = "open", ...filter } = queryStringParameters ?? {};
        const size = limitOf(limit, DEFAULT_PAGE);
        const wanted = filterOf({ ...filter, ...(state !== "any" && { state }) });
        const { deadLetters, next } = await store.find(wanted, size, services.clock.now());
        const more = next !== undefined;
        return json(200, { deadLetters: deadLetters.map(headOf), more, ...(more && { next }) });
      },
    },

    showDeadLetter: {
      read: async (event) => {
        const deadLetter = await existing(pathParameterOf(event, "id"));
        const body = await store.bodyOf(deadLetter);
        const { step, cause, calls = {}, completion } = deadLetter;
        const known =
          cause && step !== "" ? await knownFact(services.table, namesOfStep(await targets(), deadLetter), cause) : undefined;
        return json(200, {
          ...headOf(deadLetter),
          cause,
          calls,
          completion: completion ? { by: completion.by, at: completion.at } : null,
          delivery: known?.status ?? null,
          revision: revisionOf(deadLetter),
          message: shown(body, await personalOf(deadLetter.flow)),
          edited: await editedOf(deadLetter, body),
        });
      },
    },

    complete: {
      change: async ({ pathParameters, body }) => {
        const deadLetter = await existing(pathParameters?.id);
        const named = Object.keys(deadLetter.calls ?? {}).filter((call) => call !== CRASHED);
        const answers = answersOf(body, named);
        return {
          about: { id: deadLetter.id, calls: Object.keys(answers).slice(0, LARGEST_CALL) },
          why: optionalReasonOf(body),
          act: ({ name }) => decided([deadLetter], false, name, "complete", () => complete(deadLetter, answers, name)),
        };
      },
    },

    edit: {
      change: async (event) => {
        const deadLetter = await existing(pathParameterOf(event, "id"));
        const { data, revision } = editOf(event.body);
        const why = reasonOf(bodyOf(event.body, ["data", "revision", "reason"]));
        const names = await personalOf(deadLetter.flow);
        const { id } = deadLetter;
        return {
          about: { id, revision },
          why,
          act: async ({ name }) => {
            let changes: readonly DeadLetterChange[] = [];
            const change = (body: string) => {
              const before = payloadIn(body);
              const after = unmasked(data, before, masked(before, { names }));
              changes = changesBetween(before, after, { names });
              if (changes.length === 0) throw badRequest("data is the payload as it is. Change something.");
              return withPayload(body, after);
            };
            const done = await edit(deadLetter, revision, change, name, maskedText(why));
            if ("refused" in done) throw conflict(`The dead letter can't be edited: ${done.refused}.`);
            log.info("dead letter edited", {
              operator: name,
              deadLetter: id,
              changed: changes.map(({ path }) => path).slice(0, REASONS),
            });
            return {
              response: json(200, { id, revision: revisionOf(done.edited), changes }),
              outcome: `changed ${changes.map(({ path }) => path || "/").join(", ")}`,
            };
          },
        };
      },
    },

    redrive: {
      change: async ({ body }) => {
        const { reason, ...selection } = bodyOf(body, [...SELECTION, "reason"]);
        const { deadLetters, more } = await selected(selection);
        return {
          about: selection,
          why: optionalReasonOf(body),
          act: ({ name }) => decided(deadLetters, more, name, "redrive", (deadLetter) => redrive(deadLetter, name)),
        };
      },
    },

    discard: {
      change: async ({ body }) => {
        const { reason, ...selection } = bodyOf(body, [...SELECTION, "reason"]);
        const why = reasonOf({ reason });
        const { deadLetters, more } = await selected(selection);
        return {
          about: selection,
          why,
          act: ({ name }) => decided(deadLetters, more, name, "discard", (deadLetter) => discard(deadLetter, name, why)),
        };
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;

  /** The edit that a redrive sends, beside the original. */
  async function editedOf(deadLetter: DeadLetter, original: string) {
    if (!deadLetter.edit) return null;
    const { by, at, why } = deadLetter.edit;
    const names = await personalOf(deadLetter.flow);
    const data = payloadIn(await store.currentBodyOf(deadLetter));
    return { by, at, why, data: masked(data, { names }), changes: changesBetween(payloadIn(original), data, { names }) };
  }

  async function existing(id: string | undefined): Promise<DeadLetter> {
    const deadLetter = isId(id) ? await store.get(String(id)) : undefined;
    if (!deadLetter) throw new HttpProblem(404, "Not Found", "There is no such dead letter.");
    return deadLetter;
  }

  async function selected(body: Readonly<Record<string, unknown>>) {
    const selection = selectionOf(body);
    if ("ids" in selection) return { deadLetters: await Promise.all(selection.ids.map(existing)), more: false };
    const { deadLetters, next } = await store.find({ ...selection.filter, state: "open" }, LARGEST_CALL, services.clock.now());
    return { deadLetters, more: next !== undefined };
  }

  async function decided(
    deadLetters: readonly DeadLetter[],
    more: boolean,
    operator: string,
    what: string,
    decide: (deadLetter: DeadLetter) => Promise<Decided>,
  ): Promise<Outcome> {
    const results = await decideOnAll(deadLetters, decide);
    const refused = results.filter((result) => "refused" in result);
    const done = results.length - refused.length;
    log.info(`${what} of dead letters`, { operator, done, refused: refused.length });
    const none = refused.length > 0 && done === 0;
    const reasons = [...new Set(refused.map(({ refused: reason }) => reason))].slice(0, REASONS);
    return {
      response: json(none ? 409 : 200, { results, more }),
      state: none ? "refused" : "done",
      outcome: [`${done} done`, ...(refused.length > 0 ? [`${refused.length} refused: ${reasons.join("; ")}`] : [])].join(", "),
    };
  }
}

/** Without message ids and other internal fields. */
function headOf(deadLetter: DeadLetter) {
  const { id, state, flow, step, shape, errorCode, errorMessage, attempts, cause, at, firstAt, times } = deadLetter;
  const { autoRedrives, redriveAt, closedAt, closedBy, reason } = deadLetter;
  return {
    id,
    state,
    flow,
    step,
    requestId: cause?.requestId ?? null,
    correlationId: cause?.correlationId ?? null,
    event: cause?.eventName ?? null,
    errorCode,
    errorMessage: maskedText(errorMessage),
    shape,
    attempts,
    times,
    at,
    firstAt,
    autoRedrives,
    redriveAt: redriveAt || null,
    closedAt: closedAt || null,
    closedBy: closedBy || null,
    reason: reason || null,
  };
}

/** The message as JSON if it is JSON, with secrets and personal data masked. */
function shown(body: string, names: ReadonlySet<string>): unknown {
  try {
    return masked(JSON.parse(body), { names });
  } catch {
    return maskedText(body);
  }
}
