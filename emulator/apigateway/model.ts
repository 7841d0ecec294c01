import type { ErrorObject } from "ajv";
import AjvDraft04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import { DefinitionError } from "./errors.ts";
import { assertDepth } from "./vtl/values.ts";

/** Why a body does not match its model. */
interface BodyFault {
  /** The errors as AWS writes them, which names no places: `[first, second]`. */
  readonly validation: string;
  /** Each error with its place, such as `lines[0].quantity: instance type (string) …`. */
  readonly places: readonly string[];
}
/** Validates a body. @returns undefined for a valid body */
export type ValidateBody = (body: string) => BodyFault | undefined;

/**
 * "The maxItems and minItems tags are not included in simple request validation."
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const NOT_ENFORCED = ["minItems", "maxItems"];

/**
 * Compiles the models of an API: draft-04 JSON schemas that may refer to each other as `#/components/schemas/<name>`. As on AWS each model
 * is a separate document, so `#/definitions/x` refers to the model that contains the reference.
 * @returns a function that compiles an operation's schema to a validator; it throws DefinitionError
 */
export function bodyValidators(schemas: Readonly<Record<string, unknown>>): (schema: unknown, where: string) => ValidateBody {
  // AWS's validator knows no flag `u` (its errors say ECMA 262), with which /[\w-.]/ would be an error.
  const ajv = new AjvDraft04.default({ allErrors: true, strict: false, verbose: true, unicodeRegExp: false });
  addFormats.default(ajv);
  for (const keyword of NOT_ENFORCED) ajv.removeKeyword(keyword);
  for (const [name, schema] of Object.entries(schemas)) ajv.addSchema(linked(schema) as object, modelId(name));
  return (schema, where) => {
    try {
      const validate = ajv.compile(linked(schema ?? {}) as object);
      return (text) => {
        let data: unknown;
        try {
          assertDepth(text);
          data = JSON.parse(text);
        } catch {
          return { validation: "[invalid JSON]", places: [text.trim() === "" ? "the body is empty" : notJson(text)] };
        }
        return validate(data) ? undefined : describe(validate.errors ?? []);
      };
    } catch (error) {
      throw new DefinitionError(
        where,
        `its model can't be compiled: ${(error as Error).message}`,
        "Write it in JSON Schema draft-04",
      );
    }
  };
}

const modelId = (name: string) => `model:${name}`;

/** Replaces references to other models by references to their documents. */
function linked(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(linked);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => {
    const [, name] = (key === "$ref" && typeof value === "string" && /^#\/components\/schemas\/([^/]+)$/.exec(value)) || [];
    return [key, name === undefined ? linked(value) : modelId(name)] as const;
  });
  return Object.fromEntries(entries);
}

/** The errors in the wording of AWS's validator (json-schema-validator for Java), with one message for all missing properties of an object. */
function describe(errors: readonly ErrorObject[]): BodyFault {
  const found = errors.flatMap((error) => {
    const text = message(error, errors);
    return text === undefined ? [] : [{ text, place: `${placeOf(error.instancePath)}: ${text}` }];
  });
  return {
    validation: `[${[...new Set(found.map(({ text }) => text))].join(", ")}]`,
    places: [...new Set(found.map(({ place }) => place))],
  };
}

/** `/lines/0/quantity` -> `lines[0].quantity`. */
const placeOf = (pointer: string) =>
  pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join("") || "the body";

/** The parser's own words, which name the place. */
function notJson(text: string): string {
  try {
    JSON.parse(text);
    return "the body is nested too deeply";
  } catch (error) {
    return `the body is not JSON: ${(error as Error).message}`;
  }
}

function message(error: ErrorObject, all: readonly ErrorObject[]): string | undefined {
  const { keyword, params, data, instancePath, schemaPath } = error;
  const json = (value: unknown) => JSON.stringify(value);
  const size = typeof data === "string" ? [...data].length : 0;
  switch (keyword) {
    case "required":
      return `object has missing required properties (${names(all, error, "missingProperty")})`;
    case "additionalProperties":
      return `object instance has properties which are not allowed by the schema: ${names(all, error, "additionalProperty")}`;
    case "type":
      return `instance type (${typeName(data)}) does not match any allowed primitive type (allowed: ${json([params.type].flat())})`;
    case "enum":
      return `instance value (${json(data)}) not found in enum (possible values: ${json(params.allowedValues)})`;
    case "minLength":
      return `string ${json(data)} is too short (length: ${size}, required minimum: ${params.limit})`;
    case "maxLength":
      return `string ${json(data)} is too long (length: ${size}, maximum allowed: ${params.limit})`;
    case "pattern":
      return `ECMA 262 regex ${json(params.pattern)} does not match input string ${json(data)}`;
    case "minimum":
      return `numeric instance is lower than the required minimum (minimum: ${params.limit}, found: ${json(data)})`;
    case "maximum":
      return `numeric instance is greater than the required maximum (maximum: ${params.limit}, found: ${json(data)})`;
    default:
      return `${instancePath || "instance"} ${error.message ?? `fails ${schemaPath}`}`;
  }
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}

function names(all: readonly ErrorObject[], error: ErrorObject, param: string): string {
  const same = all.filter(({ keyword, instancePath }) => keyword === error.keyword && instancePath === error.instancePath);
  return JSON.stringify([...new Set(same.map(({ params }) => String(params[param])))].sort());
}
