import type * as z from "zod";
import { type JsonSchema, jsonSchema } from "../../model/index.ts";

/** Keywords that mean in API Gateway's validator what they mean in zod. */
interface Keywords {
  readonly $ref?: string;
  readonly default?: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly patternProperties?: unknown;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

/**
 * @returns a schema's model for API Gateway, in draft-04. It never refuses what zod accepts; what it can't express, the first function checks.
 */
export const gatewaySchema = (schema: z.ZodType): JsonSchema => weaker(jsonSchema(schema, "draft-04"));

/**
 * Leaves out, or states more weakly:
 * - `format`: each validator has a meaning of its own for a name
 * - `minItems`, `maxItems`, and with them tuples: "not included in simple request validation"
 *   https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 * - `multipleOf`: 19.99 is a multiple of 0.01 by zod's arithmetic, and none in binary
 * - `oneOf`: alternatives that are stated more weakly may both match
 * - `type: integer`: 1.0 is no integer in draft-04; in JavaScript it is the same as 1
 *
 * A number without a bound gets the largest of a double: 1e400 would be Infinity in the functions.
 */
function weaker(schema: JsonSchema): JsonSchema {
  const from: Keywords = schema;
  if (from.$ref !== undefined) return definitionsOf(from, { $ref: from.$ref });
  const alternatives = from.anyOf ?? from.oneOf;
  const parts = from.allOf?.filter((part) => part.$ref === undefined).map((part) => open(weaker(part)));
  return definitionsOf(from, {
    ...(from.default !== undefined && { default: from.default }),
    ...typeOf(from),
    ...(from.enum && { enum: from.enum }),
    ...(from.properties && { properties: mapped(from.properties) }),
    ...(from.required && { required: from.required }),
    ...additionalOf(from),
    ...(from.items !== undefined && !isList(from.items) && { items: weaker(from.items) }),
    ...(from.pattern !== undefined && { pattern: from.pattern }),
    ...(from.minLength !== undefined && { minLength: from.minLength }),
    ...(from.maxLength !== undefined && { maxLength: from.maxLength }),
    ...(alternatives && { anyOf: alternatives.map(weaker) }),
    ...(parts && parts.length > 0 && { allOf: parts }),
    ...(from.not && Object.keys(from.not).length === 0 && { not: {} }),
  });
}

const definitionsOf = ({ definitions }: Keywords, schema: JsonSchema): JsonSchema =>
  definitions ? { ...schema, definitions: mapped(definitions) } : schema;

const mapped = (schemas: Readonly<Record<string, JsonSchema>>) =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, weaker(schema)]));

function typeOf({ type, enum: values, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Keywords): Keywords {
  if (type === undefined) return {};
  const types = isList(type) ? type : [type];
  const numeric = types.includes("number") || types.includes("integer");
  if (!numeric || values) return { type: type === "integer" ? "number" : type };
  return {
    type: isList(type) ? types.map((name) => (name === "integer" ? "number" : name)) : "number",
    minimum: minimum ?? -Number.MAX_VALUE,
    maximum: maximum ?? Number.MAX_VALUE,
    ...(exclusiveMinimum && { exclusiveMinimum }),
    ...(exclusiveMaximum && { exclusiveMaximum }),
    ...(types.includes("integer") && { multipleOf: 1 }),
  };
}

/** Keys that a pattern allows would be refused with it left out. */
function additionalOf({ additionalProperties: of, patternProperties }: Keywords): Keywords {
  if (of === undefined || patternProperties !== undefined) return {};
  return { additionalProperties: typeof of === "boolean" ? of : weaker(of) };
}

/** A part of an intersection without its refusal of other properties: the other part may declare them. */
function open({ additionalProperties, ...schema }: JsonSchema): JsonSchema {
  const { anyOf, allOf } = schema as Keywords;
  return { ...schema, ...(anyOf && { anyOf: anyOf.map(open) }), ...(allOf && { allOf: allOf.map(open) }) };
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);
