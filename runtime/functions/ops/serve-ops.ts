import { OPS_ROUTES, type OpsRoute } from "../../../protocol/routes.ts";
import { eventBridgeReplays } from "../../aws/adapters.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { httpPipeline } from "../../http/middleware.ts";
import { HttpProblem, json } from "../../http/problem.ts";
import { operatorOf, pathParameterOf } from "../../http/request.ts";
import type { LambdaHandler, ProxyEvent, ProxyResponse } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import { masked, maskedText } from "../../mask.ts";
import type { Replays } from "../../ports.ts";
import { once, opsServices, type Services } from "../../services.ts";
import { CRASHED } from "../../third-party/unknown-outcomes.ts";
import type { DeadLetter } from "../dead-letters/dead-letter.ts";
import { deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { type Decided, decideOnAll, decisionsOn } from "../dead-letters/decide.ts";
import { knownFact } from "../dead-letters/report.ts";
import { targetStore } from "../dead-letters/targets.ts";
import { serve } from "../serve.ts";
import { replayRoutes } from "./replay.ts";
import { answersOf, bodyOf, filterOf, isId, LARGEST_CALL, limitOf, reasonOf, SELECTION, selectionOf } from "./request.ts";

type Route = (event: ProxyEvent, operator: string) => Promise<ProxyResponse>;

const DEFAULT_PAGE = 100;

/**
 * The Lambda handler of the ops API: dead letters and replays, for consumers that the stack
 * lists as operators. Others get 403 on every route.
 *
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 */
export function serveOps(
  connect: () => Services<OpsEnvironment> = opsServices,
  replaysOf: (environment: OpsEnvironment) => Replays = ({ archive, busArn }) => eventBridgeReplays(archive, busArn),
): LambdaHandler {
  return serve(connect, (services, log) => {
    const replays = once(() => replaysOf(services.environment));
    const routes: Readonly<Record<OpsRoute, Route>> = {
      ...deadLetterRoutes(services, log),
      ...replayRoutes(services, replays, log),
    };
    return httpPipeline(log).handler<ProxyEvent, ProxyResponse>(async (event) => {
      const operator = operatorOf(event);
      if (!operator) throw new HttpProblem(403, "Forbidden", "The caller is not an operator. Add its consumer to hub:operators.");
      const route = Object.entries(routes).find(([name]) => name === `${event.httpMethod} ${event.resource}`)?.[1];
      if (!route) throw new HttpProblem(404, "Not Found", "There is no such route.");
      return route(event, operator);
    });
  });
}

function deadLetterRoutes(services: Services<OpsEnvironment>, log: Logger) {
  const store = deadLetterStore(services.table);
  const targets = targetStore(services);
  const { redrive, discard, complete } = decisionsOn(services, store, targets);
  const personalOf = async (flow: string) => new Set((await targets()).find((found) => found.flow === flow)?.personal);

  const routes = {
    [OPS_ROUTES.listDeadLetters]: async ({ queryStringParameters }) => {
      const { limit, state = "open", ...filter } = queryStringParameters ?? {};
      const size = limitOf(limit, DEFAULT_PAGE);
      const wanted = filterOf({ ...filter, ...(state !== "any" && { state }) });
      const { deadLetters, next } = await store.find(wanted, size, services.clock.now());
      const more = next !== undefined;
      return json(200, { deadLetters: deadLetters.map(headOf), more, ...(more && { next }) });
    },

    [OPS_ROUTES.showDeadLetter]: async (event) => {
      const deadLetter = await existing(pathParameterOf(event, "id"));
      const body = await store.bodyOf(deadLetter);
      const { step, cause, calls = {}, completion } = deadLetter;
      const known = cause && step !== "" ? await knownFact(services.table, step, cause) : undefined;
      return json(200, {
        ...headOf(deadLetter),
        cause,
        calls,
        completion: completion ? { by: completion.by, at: completion.at } : null,
        delivery: known?.status ?? null,
        message: shown(body, await personalOf(deadLetter.flow)),
      });
    },

    [OPS_ROUTES.complete]: async ({ pathParameters, body }, operator) => {
      const deadLetter = await existing(pathParameters?.id);
      const named = Object.keys(deadLetter.calls ?? {}).filter((call) => call !== CRASHED);
      const answers = answersOf(body, named);
      return decided([deadLetter], false, operator, "complete", () => complete(deadLetter, answers, operator));
    },

    [OPS_ROUTES.redrive]: async ({ body }, operator) => {
      const { deadLetters, more } = await selected(bodyOf(body, SELECTION));
      return decided(deadLetters, more, operator, "redrive", (deadLetter) => redrive(deadLetter, operator));
    },

    [OPS_ROUTES.discard]: async ({ body }, operator) => {
      const { reason, ...selection } = bodyOf(body, [...SELECTION, "reason"]);
      const why = reasonOf({ reason });
      const { deadLetters, more } = await selected(selection);
      return decided(deadLetters, more, operator, "discard", (deadLetter) => discard(deadLetter, operator, why));
    },
  } satisfies Partial<Record<OpsRoute, Route>>;
  return routes;

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
  ): Promise<ProxyResponse> {
    const results = await decideOnAll(deadLetters, decide);
    const refused = results.filter((result) => "refused" in result);
    log.info(`${what} of dead letters`, { operator, done: results.length - refused.length, refused: refused.length });
    return json(refused.length > 0 && refused.length === results.length ? 409 : 200, { results, more });
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
