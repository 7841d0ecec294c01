import { uncarriable } from "../../carriable.ts";
import { HttpProblem } from "../../http/problem.ts";
import { headerOf, rawBodyOf } from "../../http/request.ts";
import type { ProxyEvent } from "../../lambda.ts";
import { tellFaults, type Validate } from "../../validators.ts";

const bad = (detail: string) => new HttpProblem(400, "Bad Request", detail);

/**
 * @param queryTypes of a GET: JSON Schema's type of each parameter; `undefined` where the input is the body
 * @returns what the handler is called with, its defaults filled in
 * @throws HttpProblem 400 that names each field at fault, 415
 */
export function requestOf(
  event: ProxyEvent,
  validate: Validate,
  queryTypes: Readonly<Record<string, unknown>> | undefined,
): unknown {
  const input = queryTypes ? queryOf(event, queryTypes) : bodyOf(event);
  const unfit = uncarriable(input);
  if (unfit !== undefined) throw bad(`The ${queryTypes ? "query" : "body"} holds ${unfit}, which no event can carry.`);
  if (!validate(input))
    throw bad(`The ${queryTypes ? "query" : "body"} is not of the endpoint's schema: ${tellFaults(validate.errors ?? [])}.`);
  return input;
}

function bodyOf(event: ProxyEvent): unknown {
  const type = headerOf(event, "content-type") ?? "application/json";
  if (type.split(";")[0]?.trim().toLowerCase() !== "application/json")
    throw new HttpProblem(415, "Unsupported Media Type", "Send application/json.");
  try {
    return JSON.parse(rawBodyOf(event).toString("utf8"));
  } catch {
    throw bad("The body is not JSON.");
  }
}

/** A query holds texts alone: a parameter that should be a number or a boolean is one where it reads like one. */
function queryOf(event: ProxyEvent, types: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = event.queryStringParameters ?? {};
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(types, name));
  // The gateway's cache knows the declared parameters only: others must not change the answer.
  if (stranger !== undefined)
    throw bad(`There is no parameter ${JSON.stringify(stranger.slice(0, 40))}. Use ${Object.keys(types).join(", ")}.`);
  const twice = Object.entries(event.multiValueQueryStringParameters ?? {}).find(([, values]) => (values?.length ?? 0) > 1);
  if (twice) throw bad(`The parameter ${twice[0]} is given more than once. Give it once.`);
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, typed(text ?? "", types[name])]));
}

function typed(text: string, type: unknown): unknown {
  if ((type === "number" || type === "integer") && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
