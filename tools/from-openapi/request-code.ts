import type { SchemaContext } from "./code.ts";
import { asJson, asList, asText, type Json, type OpenApi } from "./document.ts";
import { camel, comment, key, pascal, quoted } from "./names.ts";
import { fieldsCode, mergedObject } from "./object-code.ts";
import type { ApiOperation } from "./operations.ts";

/** An option of `call(…)`, or a line of its comment. */
export interface Written {
  readonly options: readonly string[];
  readonly comments: readonly string[];
  /** What of model/index.ts the code uses. */
  readonly imports: readonly string[];
}

const IDEMPOTENCY = /idempotency|^paypal-request-id$/i;
/** https://spec.openapis.org/oas/v3.1.1.html#fixed-fields-for-use-with-schema-and-0 */
const IGNORED = ["accept", "content-type", "authorization"];

/** `GET /orders/:id`; a parameter's name that is no identifier becomes one. */
export const routeOf = ({ method, path }: ApiOperation): string =>
  `${method.toUpperCase()} ${path.replace(/\{([^{}]*)\}/g, (_, name: string) => `:${parameterName(name)}`)}`;
const parameterName = (name: string) => (/^[A-Za-z0-9_]+$/.test(name) ? name : camel(name));

/** Path parameters, query and headers. */
export function parametersCode({ parameters }: ApiOperation, context: SchemaContext): Written {
  const inPlace = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const { notes, place } = context;
  for (const { name } of inPlace("cookie")) notes.add("cookies are not sent", `${place}.${String(name)}`);
  const query = inPlace("query");
  const fields = fieldsCode(objectOf(query, context), context);
  const lists = listsOf(query, context);
  const headers = inPlace("header").filter(({ name }) => !IGNORED.includes(String(name).toLowerCase()));
  const idempotency = headers.find(({ name }) => IDEMPOTENCY.test(String(name)));
  const sent = headers
    .filter((header) => header !== idempotency)
    .map((header) =>
      headerCode(
        header,
        [...parameters].filter((other) => other !== header),
        context,
      ),
    );
  return {
    options: [
      ...(sent.length > 0 ? [`headers: { ${sent.map(({ code }) => code).join(", ")} }`] : []),
      ...(query.length > 0 ? [`query: z.object({ ${fields.zod.map((field) => `${field},\n`).join("")} })`] : []),
      ...(lists ? [`queryLists: ${quoted(lists)}`] : []),
      ...(idempotency ? [`idempotencyHeader: ${quoted(idempotency.name)}`] : []),
    ],
    comments: inPlace("path").map(pathComment),
    imports: sent.some(({ fromInput }) => fromInput) ? ["fromInput"] : [],
  };
}

function pathComment({ name, schema, description }: Json): string {
  const { type, format } = asJson(schema);
  const rule = type === "string" || type === undefined ? "" : ` (${comment(String(format ?? type))}, as text)`;
  const text = comment(asText(description) ?? "");
  return `\`${parameterName(String(name))}\`${rule}${text === "" ? "" : `: ${shortened(text)}`}`;
}

const shortened = (text: string) => (text.length <= 100 ? text : `${text.slice(0, 100).replace(/\s+\S*$/, "")} …`);

/** @returns parameters as the schema of one object */
function objectOf(parameters: readonly Json[], { api, notes, place }: SchemaContext): Json {
  const schemas = parameters.map(({ name, schema, content, style }) => {
    const at = `${place}.${String(name)}`;
    if (content !== undefined) notes.add("a parameter with a content type is text of that type", at);
    if (style === "deepObject" && !isList(schema, api))
      notes.add("the style deepObject is not known: objects in a query are sent as JSON", at);
    if (style === "pipeDelimited" || style === "spaceDelimited")
      notes.add(`the style ${style} is not known: join the values by hand`, at);
    const isText = content !== undefined || style === "pipeDelimited" || style === "spaceDelimited";
    return [String(name), isText ? { type: "string" } : (schema ?? { type: "string" })] as const;
  });
  return {
    type: "object",
    properties: Object.fromEntries(schemas),
    required: parameters.filter(({ required }) => required === true).map(({ name }) => name),
  };
}

/** How the lists of a query are written. https://spec.openapis.org/oas/v3.1.1.html#style-values */
function listsOf(query: readonly Json[], { api, notes, place }: SchemaContext): "comma" | "brackets" | undefined {
  const lists = query.filter(({ schema }) => isList(schema, api));
  const styles = new Set(
    lists.map(({ style = "form", explode }) => (style === "deepObject" ? "brackets" : explode === false ? "comma" : undefined)),
  );
  if (styles.size > 1) notes.add("one query has lists of several styles: all are written as repeated parameters", place);
  return styles.size === 1 ? [...styles][0] : undefined;
}

/** @returns whether a value may be a list */
export function isList(schema: unknown, api: OpenApi): boolean {
  const { value } = api.resolve(schema);
  return value.type === "array" || [...asList(value.anyOf), ...asList(value.oneOf)].some((option) => isList(option, api));
}

function headerCode(
  header: Json,
  others: readonly Json[],
  context: SchemaContext,
): { readonly code: string; readonly fromInput: boolean } {
  const name = String(header.name);
  const { value: schema } = context.api.resolve(header.schema);
  const fixed = schema.const ?? (asList(schema.enum).length === 1 ? asList(schema.enum)[0] : undefined);
  if (header.required === true && typeof fixed === "string") return { code: `${key(name)}: ${quoted(fixed)}`, fromInput: false };
  const field = others.some((other) => other.name === camel(name)) ? `header${pascal(name)}` : camel(name);
  const simple = ["string", "number", "integer", "boolean"].includes(String(schema.type)) || schema.enum !== undefined;
  if (!simple) context.notes.add("a header that is no text is written by hand, as text", `${context.place}.${name}`);
  const { zod } = context.write(simple ? header.schema : { type: "string" }, { ...context, place: `${context.place}.${name}` });
  return {
    code: `${key(name)}: fromInput(${quoted(field)}, ${zod}${header.required === true ? "" : ".optional()"})`,
    fromInput: true,
  };
}

/** What a body must be: fields of an object, where it is one. */
export function objectFields(schema: unknown, context: SchemaContext) {
  const { value } = context.api.resolve(schema);
  const merged = value.allOf === undefined ? value : mergedObject(value, context);
  const isObject =
    merged?.properties !== undefined && merged.oneOf === undefined && merged.anyOf === undefined && merged.nullable !== true;
  return isObject ? merged : undefined;
}
