import type { Flow } from "../flow.ts";
import { handshakeRoute, routedTriggers, WEBHOOKS } from "../trigger.ts";
import { checkParameters, checkPath, checkSiblings } from "./check-path.ts";
import { checkWholeNumber } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** First segments that are taken, and by what. */
const RESERVED: Readonly<Record<string, string>> = {
  requests: "the hub",
  ops: "the hub",
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
  ping: "API Gateway's health check",
  sping: "API Gateway's health check",
};

/** Routes of a flow's triggers, and their throttles. */
export function* checkRoutes(flow: Flow): Iterable<Problem> {
  const owners = new Map<string, string>();
  const triggers = routedTriggers(flow.triggers);
  for (const [name, trigger] of triggers) {
    const { kind, route, throttle } = trigger;
    const where = placeIn(flow, `trigger ${name}`);
    const [, first = ""] = /^\w+ \/([^/]+)/.exec(route) ?? [];
    const malformed = [...checkPath({ where, trigger })];
    yield* malformed;
    if (malformed.length === 0) yield* checkParameters({ where, trigger });
    if (malformed.length === 0 && route.startsWith("GET ") && kind !== "sync")
      yield problem("ROUTE", where, "a GET request has no body to make an event from", "Use POST");
    else if (Object.hasOwn(RESERVED, first))
      yield problem("ROUTE", where, `/${first} is reserved for ${RESERVED[first]}`, "Choose another path");
    if (first === WEBHOOKS && kind !== "webhook")
      yield problem(
        "ROUTE",
        where,
        `below /${WEBHOOKS} the web ACL leaves bodies to the signatures of webhooks, and these calls have none`,
        "Choose another path",
      );
    const owner = owners.get(route);
    if (owner) yield problem("ROUTE", where, `trigger ${owner} has ${route} already`, "Give each trigger its own route");
    owners.set(route, name);
    yield* checkWholeNumber({ where: `${where}, throttle.rate`, value: throttle?.rate, within: [1, 10_000] });
    yield* checkWholeNumber({ where: `${where}, throttle.burst`, value: throttle?.burst, within: [1, 5_000] });
  }
  yield* checkSiblings(ownedBy(flow), "one");
}

/** Routes that two flows claim, those of webhook handshakes included. */
export function* checkSharedRoutes(flows: readonly Flow[]): Iterable<Problem> {
  const owners = new Map<string, string>();
  for (const flow of flows) {
    for (const [, trigger] of routedTriggers(flow.triggers)) {
      for (const route of [trigger.route, handshakeRoute(trigger) ?? []].flat()) {
        const owner = owners.get(route);
        if (owner !== undefined && owner !== flow.name)
          yield problem("ROUTE", placeIn(flow), `flow ${owner} has ${route} already`, "Give each trigger its own route");
        owners.set(route, flow.name);
      }
    }
  }
  yield* checkSiblings(flows.flatMap(ownedBy), "two");
}

const ownedBy = (flow: Flow) =>
  routedTriggers(flow.triggers).map(([name, { route }]) => ({
    flow: flow.name,
    route,
    where: placeIn(flow, `trigger ${name}`),
  }));
