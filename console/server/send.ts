import { partsOf, pathNames } from "../../protocol/routes.ts";
import type { SendAnswer, Sendable, SendOrder } from "../shared/catalogue.ts";
import { type DeclaredRoute, routesOf } from "./declared.ts";
import type { Json, ShownHub } from "./hub-port.ts";
import { jsonObject } from "./parameters.ts";
import { Problem } from "./problem.ts";

const LARGEST_ANSWER = 1_000_000;

/** Triggers of all flows that take calls, each with valid examples. */
export const sendable = (hub: Pick<ShownHub, "resources" | "sampleOf">): readonly Sendable[] =>
  routesOf(hub).map((route): Sendable => {
    const { flow, trigger, kind, bodiless = false, events } = route;
    const bodies = kind === "sync" ? [{ name: "request", summary: "", schema: route.request ?? {} }] : events;
    return {
      ...{ flow, trigger, kind, bodiless },
      route: route.route,
      examples: bodies.map(({ name, summary = "", schema }) => ({ name, summary, body: bodiless ? null : hub.sampleOf(schema) })),
      parameters: parametersOf(route, hub.sampleOf),
      auth: kind === "webhook" ? "signed by the sandbox as the third party signs" : "API key of the first consumer",
    };
  });

function parametersOf(
  { route, parameters = {} }: DeclaredRoute,
  sampleOf: ShownHub["sampleOf"],
): Readonly<Record<string, string>> {
  const inPath = pathNames(partsOf(route).path).map((name) => [name, parameters[name] ?? { type: "string" }] as const);
  const properties = Object.fromEntries([...inPath, ...Object.entries(parameters)]);
  const made = sampleOf({ type: "object", properties }) as Json;
  return Object.fromEntries(Object.entries(made).map(([name, value]) => [name, String(value ?? "")]));
}

/** Sends a call as a caller, or a webhook by way of the sandbox, which signs it. @throws Problem */
export async function sent(hub: ShownHub, text: string): Promise<SendAnswer> {
  const { flow, trigger, body, parameters, headers } = orderOf(text);
  const route = routesOf(hub).find((one) => one.flow === flow && one.trigger === trigger);
  if (!route) throw new Problem(404, `There is no trigger ${flow}/${trigger}.`);
  const { method, path } = partsOf(route.route);
  const inPath = new Set(pathNames(path));
  const target = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ""));
  const query = new URLSearchParams(Object.entries(parameters).filter(([name, value]) => !inPath.has(name) && value !== ""));
  const isWebhook = route.kind === "webhook";
  const url = isWebhook
    ? `${hub.sandboxUrl}/_webhooks/${flow}/${trigger}`
    : `${hub.apiUrl}${target}${query.size > 0 ? `?${query}` : ""}`;
  const began = performance.now();
  const response = await fetch(url, {
    method: isWebhook ? "POST" : method,
    headers: {
      ...headers,
      ...(!isWebhook && hub.callerKey !== undefined && { "x-api-key": hub.callerKey }),
      ...(!route.bodiless && { "content-type": "application/json" }),
    },
    ...(!route.bodiless && method !== "GET" && { body }),
  }).catch((error: unknown) => {
    throw new Problem(502, `The hub does not answer at ${url}: ${error instanceof Error ? error.message : String(error)}.`);
  });
  const answer = (await response.text()).slice(0, LARGEST_ANSWER);
  const known = Object.fromEntries(response.headers);
  return {
    status: response.status,
    milliseconds: Math.round(performance.now() - began),
    headers: known,
    body: answer,
    requestId: known["x-request-id"] ?? requestIdIn(answer),
  };
}

function requestIdIn(answer: string): string {
  try {
    const { requestId } = JSON.parse(answer) as { readonly requestId?: unknown };
    return typeof requestId === "string" ? requestId : "";
  } catch {
    return "";
  }
}

const HEADER = /^[A-Za-z0-9-]{1,64}$/;
/** Those that decide who the caller is, or how the call travels. */
const OWN_HEADER = /^(host|connection|content-.*|transfer-encoding|x-api-key|authorization|cookie)$/i;

function orderOf(text: string): SendOrder {
  const { flow, trigger, body = "", parameters = {}, headers = {} } = jsonObject(text) as Partial<SendOrder>;
  if (typeof flow !== "string" || typeof trigger !== "string" || typeof body !== "string")
    throw new Problem(400, "Give flow, trigger and body as texts.");
  for (const [name, value] of Object.entries(headers))
    if (!HEADER.test(name) || OWN_HEADER.test(name) || typeof value !== "string" || /[\r\n]/.test(value))
      throw new Problem(400, `The header ${name.slice(0, 64)} can't be sent from here.`);
  return { flow, trigger, body, parameters, headers };
}
