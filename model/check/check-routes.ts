import type { Flow } from "../flow.ts";
import { handshakeRoute, routedTriggers } from "../trigger.ts";
import { checkWholeNumber } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Characters of a path that API Gateway takes. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html */
const PATH = /^(GET|POST|PUT|PATCH|DELETE) (\/[A-Za-z0-9._-]+)+$/;

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
  for (const [name, { kind, route, throttle }] of routedTriggers(flow.triggers)) {
    const where = placeIn(flow, `trigger ${name}`);
    const [, first = ""] = /^\w+ \/([^/]+)/.exec(route) ?? [];
    if (!PATH.test(route))
      yield problem(
        "ROUTE",
        where,
        `"${route}" is not a method and a fixed path`,
        'Write it like "POST /orders", and pass parameters in the body',
      );
    else if (route.startsWith("GET ") && kind !== "sync")
      yield problem("ROUTE", where, "a GET request has no body to make an event from", "Use POST");
    else if (Object.hasOwn(RESERVED, first))
      yield problem("ROUTE", where, `/${first} is reserved for ${RESERVED[first]}`, "Choose another path");
    const owner = owners.get(route);
    if (owner) yield problem("ROUTE", where, `trigger ${owner} has ${route} already`, "Give each trigger its own route");
    owners.set(route, name);
    yield* checkWholeNumber({ where: `${where}, throttle.rate`, value: throttle?.rate, within: [1, 10_000] });
    yield* checkWholeNumber({ where: `${where}, throttle.burst`, value: throttle?.burst, within: [1, 5_000] });
  }
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
}
