import type * as zod from "zod";
import * as z from "zod/mini";
import type { Operation } from "../../model/adapter.ts";
import { type HeaderValues, inputHeaders } from "../../model/header.ts";
import { answerValidator } from "../../protocol/handlers.ts";

/** What an operation of an adapter declares, its types forgotten. */
export type Schemas = Pick<Operation, "route" | "headers" | "query" | "body" | "bodyIsField" | "returns" | "errors">;

/**
 * @returns the schema of an operation's query, headers and body as the one object that a handler hands over. It lets other fields through,
 *   since the path's parameters, and files, are in the same object.
 */
export function requestSchema({ headers, query, body, bodyIsField }: Schemas): zod.core.$ZodType {
  const fields = body && !bodyIsField ? (body as zod.ZodObject).shape : {};
  return z.looseObject({ ...fields, ...query?.shape, ...headerFields(headers), ...(body && bodyIsField && { body }) });
}

const headerFields = (headers: HeaderValues) =>
  Object.fromEntries(inputHeaders(headers).map(([, { field, schema }]) => [field, schema]));

/** @returns the schemas of an operation's answers: that of `returns` under its name, and those of `errors` under names of their own */
export const answerSchemas = (name: string, { returns, errors }: Schemas): readonly (readonly [name: string, zod.ZodType])[] => [
  [name, returns],
  ...Object.entries(errors ?? {}).map(([status, { schema }]) => [answerValidator(name, status), schema] as const),
];
