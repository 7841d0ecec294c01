import * as z from "zod";
import { type HeaderValues, inputHeaders, type JsonSchema, jsonSchema, type Operation } from "../../model/index.ts";
import { answerValidator } from "../../protocol/handlers.ts";

/** What an operation of an adapter declares, its types forgotten. */
export type Schemas = Pick<Operation, "route" | "headers" | "query" | "body" | "bodyIsField" | "returns" | "errors">;

/**
 * @returns the schema of an operation's query, headers and body as the one object that a handler hands over. It lets other fields through,
 *   since the path's parameters, and files, are in the same object.
 */
export function requestSchema({ headers, query, body, bodyIsField }: Schemas): JsonSchema {
  const own = { ...query?.shape, ...headerFields(headers), ...(body && bodyIsField && { body }) };
  const fields = body && !bodyIsField ? (body as z.ZodObject).extend(own) : (query ?? z.object({})).extend(own);
  return Object.keys(fields.shape).length === 0 ? { type: "object" } : jsonSchema(fields.loose());
}

const headerFields = (headers: HeaderValues) =>
  Object.fromEntries(inputHeaders(headers).map(([, { field, schema }]) => [field, schema]));

/** @returns the schemas of an operation's answers: that of `returns` under its name, and those of `errors` under names of their own */
export const answerSchemas = (name: string, { returns, errors }: Schemas): readonly (readonly [name: string, JsonSchema])[] => [
  [name, jsonSchema(returns)],
  ...Object.entries(errors ?? {}).map(([status, { schema }]) => [answerValidator(name, status), jsonSchema(schema)] as const),
];
