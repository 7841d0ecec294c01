import type { FlowRoute } from "./gateway.ts";
import type { Json } from "./json.ts";
import { headerParameter } from "./parameters.ts";
import type { Schemas } from "./schemas.ts";

/** The specific part of an operation; summary, security and problems are common to all. */
export interface Described {
  readonly description?: string;
  readonly parameters: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Json;
  /** Statuses of problems that the function behind the route returns. */
  readonly problems: readonly number[];
}

export const CORRELATION = headerParameter("X-Correlation-ID");
export const ACCEPTED = { $ref: "#/components/responses/Accepted" };

export const published = ({ events, behindAfter }: FlowRoute) =>
  [
    ...events.map(({ name, summary }) => `Publishes \`${name}\`${summary ? `: ${summary}` : "."}`),
    ...(behindAfter ? [`Returns 503 while earlier requests have waited for more than ${behindAfter}.`] : []),
  ].join("\n");

/** Of the body. Fields that come from headers, path or query are not in it, so it is another schema than the event's. */
export function eventSchema({ flow, events, headers = [], parameters = {} }: FlowRoute, schemas: Schemas): Json {
  const differs = headers.length + Object.keys(parameters).length > 0;
  const found = events.map(({ name, schema }) => schemas.add([flow, name, ...(differs ? ["Body"] : [])], schema));
  return found.length === 1 && found[0] ? found[0] : { oneOf: found };
}
export const body = (schema: Json, type = "application/json"): Json => ({ required: true, content: { [type]: { schema } } });
