import { endpointParameters, type Flow, personalFieldsOf } from "../model/index.ts";
import { triggerStep } from "../protocol/first-event.ts";
import { serveSync } from "../runtime/functions/sync/serve-sync.ts";
import type { LambdaHandler, ProxyEvent, ProxyResponse } from "../runtime/lambda.ts";
import { validatorsOf } from "../runtime/validators.ts";
import type { HubInMemory } from "./hub-in-memory.ts";
import { proxyEvent } from "./proxy-event.ts";

/** What the caller of a synchronous endpoint gets. */
export interface EndpointAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON: what the handler answers, or a problem (RFC 9457). */
  readonly body: unknown;
}

/**
 * @param name of a trigger with `mode: "sync"`
 * @returns the endpoint's function, and the call of it with these fields where the route has them: path, query or body
 * @throws RangeError when the flow has no such endpoint, or a field of the path is missing
 */
export function endpointOf(flow: Flow, name: string, hub: HubInMemory) {
  const parameters = endpointParameters(flow);
  const trigger = flow.triggers[name];
  const own = parameters[name];
  if (trigger?.kind !== "sync" || !own) {
    const names = Object.keys(parameters);
    const remedy = names.length > 0 ? `Its endpoints are ${names.join(", ")}` : "Use send for its triggers";
    throw new RangeError(`the flow ${flow.name} has no synchronous endpoint ${name}. ${remedy}.`);
  }
  const handler: LambdaHandler = serveSync(flow, name, validatorsOf(flow, parameters, {}, personalFieldsOf(flow)), () =>
    hub.services(triggerStep(name)),
  );
  const callOf = (
    fields: Readonly<Record<string, unknown>>,
    ids: { requestId: string; correlationId: string; tenant: string },
  ) => {
    const given = (types: object) => Object.entries(fields).filter(([field, value]) => field in types && value !== undefined);
    const missing = Object.keys(own.path).find((field) => fields[field] === undefined);
    if (missing !== undefined) throw new RangeError(`${trigger.route} needs ${missing}.`);
    const query = given(own.query);
    const body = Object.fromEntries(
      Object.entries(fields).filter(([field]) => !(field in own.path) && (!own.body || !(field in own.query))),
    );
    return proxyEvent(trigger.route, ids.tenant, {
      headers: { "x-correlation-id": ids.correlationId, ...(own.body && { "content-type": "application/json" }) },
      pathParameters: Object.fromEntries(given(own.path).map(([field, value]) => [field, encodeURIComponent(String(value))])),
      queryStringParameters: own.body ? textsOf(query) : textsOf(Object.entries(body)),
      body: own.body ? JSON.stringify(body) : null,
      requestId: ids.requestId,
    });
  };
  return { handler, callOf };
}

const textsOf = (entries: readonly (readonly [string, unknown])[]): ProxyEvent["queryStringParameters"] =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined).map(([field, value]) => [field, String(value)]));

export const answerOf = ({ statusCode, headers, body }: ProxyResponse): EndpointAnswer => ({
  status: statusCode,
  headers,
  body: body === "" ? undefined : (JSON.parse(body) as unknown),
});
