import type { RouteParameters } from "../../../model/route-parameters.ts";
import { PARAMETER_TEXTS } from "../../../protocol/routes.ts";
import { uncarriable } from "../../carriable.ts";
import { exactJson, keptText } from "../../exact-json.ts";
import { badRequest, HttpProblem } from "../../http/problem.ts";
import { headerOf, pathParameterOf, rawBodyOf } from "../../http/request.ts";
import type { ProxyEvent } from "../../lambda.ts";
import { faultsOf, type Validate } from "../../validators.ts";

/** A request without parameters. */
export const BODY_ALONE: RouteParameters = { path: {}, query: {}, body: true };

/**
 * @param parameters where the fields of the request come from
 * @returns the handler's input, its defaults filled in
 * @throws HttpProblem 400 that names each faulty field, 415
 */
export function requestOf(event: ProxyEvent, validate: Validate, { path, query, body }: RouteParameters): unknown {
  const given = { ...queryOf(event, query, body), ...pathOf(event, path) };
  const { value: rest, kept } = body ? bodyOf(event) : { value: {}, kept: [] };
  const input = merged(rest, given);
  const part = Object.keys(path).length > 0 ? "request" : body ? "body" : "query";
  const unfit = uncarriable(input);
  if (unfit !== undefined) throw badRequest(`The ${part} holds ${unfit}, which no event can carry.`);
  const faults = faultsOf(validate, input);
  if (faults !== undefined) throw badRequest(`The ${part} does not match the endpoint's schema: ${faults}.${keptText(kept)}`);
  return input;
}

/** A field of the body with the name of a parameter would contradict it. */
function merged(body: unknown, given: Readonly<Record<string, unknown>>): unknown {
  const names = Object.keys(given);
  if (names.length === 0 || typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const twice = names.find((name) => Object.hasOwn(body, name));
  if (twice !== undefined)
    throw badRequest(`The body holds ${twice}, which the path or the query gives. Leave it out of the body.`);
  return { ...body, ...given };
}

function bodyOf(event: ProxyEvent): ReturnType<typeof exactJson> {
  const type = headerOf(event, "content-type") ?? "application/json";
  if (type.split(";")[0]?.trim().toLowerCase() !== "application/json")
    throw new HttpProblem(415, "Unsupported Media Type", "Send application/json.");
  try {
    return exactJson(rawBodyOf(event).toString("utf8"));
  } catch {
    throw badRequest("The body is not JSON.");
  }
}

function pathOf(event: ProxyEvent, types: RouteParameters["path"]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(types).map(([name, type]) => [name, typed(pathParameterOf(event, name) ?? "", type)]));
}

/** A query contains only texts: they are converted to the numbers and booleans of the schema where possible. */
function queryOf(event: ProxyEvent, types: RouteParameters["query"], hasBody: boolean): Record<string, unknown> {
  const given = event.queryStringParameters ?? {};
  const names = Object.keys(types);
  if (names.length === 0 && hasBody) return {};
  const unknownName = Object.keys(given).find((name) => !Object.hasOwn(types, name));
  // The gateway's cache uses only the declared parameters: others must not change the answer.
  if (unknownName !== undefined)
    throw badRequest(
      `There is no parameter ${JSON.stringify(unknownName.slice(0, 40))}. ${names.length > 0 ? `Use ${names.join(", ")}` : "Leave it out"}.`,
    );
  const twice = Object.entries(event.multiValueQueryStringParameters ?? {}).find(([, values]) => (values?.length ?? 0) > 1);
  if (twice) throw badRequest(`The parameter ${twice[0]} is given more than once. Give it once.`);
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, typed(text ?? "", types[name])]));
}

function typed(text: string, type: unknown): unknown {
  const texts = PARAMETER_TEXTS[type === "integer" ? "number" : String(type)];
  if (texts === undefined || !new RegExp(`^(?:${texts})$`).test(text)) return text;
  return type === "boolean" ? text === "true" : Number(text);
}
