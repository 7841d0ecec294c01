import { uncarriable } from "../../carriable.ts";
import { exactJson, keptText } from "../../exact-json.ts";
import { HttpProblem } from "../../http/problem.ts";
import { headerOf, rawBodyOf } from "../../http/request.ts";
import type { ProxyEvent } from "../../lambda.ts";
import { faultsOf, type Validate } from "../../validators.ts";

const bad = (detail: string) => new HttpProblem(400, "Bad Request", detail);

/**
 * @param queryTypes of a GET: JSON Schema type of each parameter; `undefined` where the input is the body
 * @returns the handler's input, its defaults filled in
 * @throws HttpProblem 400 that names each faulty field, 415
 */
export function requestOf(
  event: ProxyEvent,
  validate: Validate,
  queryTypes: Readonly<Record<string, unknown>> | undefined,
): unknown {
  const { value: input, kept } = queryTypes ? { value: queryOf(event, queryTypes), kept: [] } : bodyOf(event);
  const unfit = uncarriable(input);
  if (unfit !== undefined) throw bad(`The ${queryTypes ? "query" : "body"} holds ${unfit}, which no event can carry.`);
  const faults = faultsOf(validate, input);
  if (faults !== undefined)
    throw bad(`The ${queryTypes ? "query" : "body"} does not match the endpoint's schema: ${faults}.${keptText(kept)}`);
  return input;
}

function bodyOf(event: ProxyEvent): ReturnType<typeof exactJson> {
  const type = headerOf(event, "content-type") ?? "application/json";
  if (type.split(";")[0]?.trim().toLowerCase() !== "application/json")
    throw new HttpProblem(415, "Unsupported Media Type", "Send application/json.");
  try {
    return exactJson(rawBodyOf(event).toString("utf8"));
  } catch {
    throw bad("The body is not JSON.");
  }
}

/** A query contains only texts: they are converted to the numbers and booleans of the schema where possible. */
function queryOf(event: ProxyEvent, types: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = event.queryStringParameters ?? {};
  const unknownName = Object.keys(given).find((name) => !Object.hasOwn(types, name));
  // The gateway's cache uses only the declared parameters: others must not change the answer.
  if (unknownName !== undefined)
    throw bad(`There is no parameter ${JSON.stringify(unknownName.slice(0, 40))}. Use ${Object.keys(types).join(", ")}.`);
  const twice = Object.entries(event.multiValueQueryStringParameters ?? {}).find(([, values]) => (values?.length ?? 0) > 1);
  if (twice) throw bad(`The parameter ${twice[0]} is given more than once. Give it once.`);
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, typed(text ?? "", types[name])]));
}

function typed(text: string, type: unknown): unknown {
  if ((type === "number" || type === "integer") && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
