import type * as z from "zod";
import { type JsonSchema, jsonSchema } from "../../model/index.ts";

/** What an operation of an adapter declares, its types forgotten. */
export interface Schemas {
  readonly route: string;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodObject | undefined;
  readonly returns: z.ZodType;
}

/**
 * @returns the schema of an operation's query and body fields as the one object that a handler hands over. It lets other fields
 *   through, since the path's parameters are in the same object.
 */
export function requestSchema({ query, body }: Schemas): JsonSchema {
  if (!query && !body) return { type: "object" };
  const merged = query && body ? body.extend(query.shape) : (body ?? query);
  return jsonSchema((merged as z.ZodObject).loose());
}
