import type { SchemaContext } from "./code.ts";
import { asJson, asList, asText, type Json } from "./document.ts";
import { isJsonType, orderedTypes } from "./media-types.ts";
import { quoted } from "./names.ts";
import { objectCode } from "./object-code.ts";
import { isList, objectFields, type Written } from "./request-code.ts";

const NONE: Written = { options: [], comments: [], imports: [] };

interface Body extends Written {
  /** Headers that the body's type needs. */
  readonly headers: readonly string[];
  /** Names of its fields, which share the input with path, query and headers. */
  readonly fields: readonly string[];
}

/** The request's body in the type that the hub knows best; the others are noted. */
export function bodyCode({ requestBody }: Json, method: string, context: SchemaContext): Body {
  const { value: body } = context.api.resolve(requestBody);
  const [first, ...others] = orderedTypes(asJson(body.content));
  if (first === undefined) return { ...NONE, headers: [], fields: [] };
  if (method === "get" || method === "head") {
    const { schema } = asJson(asJson(body.content)[first]);
    if (Object.keys(asJson(objectFields(schema, context)?.properties)).length > 0)
      context.notes.add("a body is not sent with GET and HEAD", context.place);
    return { ...NONE, headers: [], fields: [] };
  }
  const comments = [
    ...(others.length > 0 ? [`The body may be ${others.join(", ")} as well.`] : []),
    ...(body.required === true ? [] : ["The body may be left out; the adapter always sends one."]),
  ];
  const media = asJson(asJson(body.content)[first]);
  const { schema } = media;
  const object = objectFields(schema, context);
  const fields = object ? Object.keys(asJson(object.properties)) : ["body"];
  const written = (code: string, imports: readonly string[], headers: readonly string[] = []): Body => ({
    options: [`body: ${code}`],
    comments,
    imports,
    headers,
    fields,
  });
  const objectText = () => objectCode({ ...object, additionalProperties: undefined }, context).zod;
  if (isJsonType(first)) {
    const headers = first.toLowerCase() === "application/json" ? [] : [`"Content-Type": ${quoted(first)}`];
    return written(object ? objectText() : notAnObject(context.write(schema, context).zod, context), [], headers);
  }
  if (first === "application/x-www-form-urlencoded")
    return written(`form(${object ? objectText() : "z.looseObject({})"}${listStyle(media, object, context)})`, ["form"]);
  if (first === "multipart/form-data") return written(multipartCode(object, media, context), ["multipart"]);
  if (/[/+]xml$/.test(first)) return written(`xml(${rootCode(schema, context)}${typeOption(first, "application/xml")})`, ["xml"]);
  if (first.startsWith("text/")) return written(`text(${typeArgument(first, "text/plain")})`, ["text"]);
  return written(`bytes(${typeArgument(first, "application/octet-stream")})`, ["bytes"]);
}

/** A body that is no object is the field `body`; a schema by name would be taken apart when it is an object. */
const notAnObject = (zod: string, { notes, place }: SchemaContext): string => {
  if (/^(z\.record|z\.unknown|z\.lazy|[A-Z])/.test(zod)) notes.add("the body is the field `body` of the input", place);
  return zod;
};

export const typeArgument = (type: string, usual: string) =>
  type === usual || type === "*/*" ? "" : `{ type: ${quoted(type)} }`;
const typeOption = (type: string, usual: string) => (type === usual ? "" : `, { type: ${quoted(type)} }`);

/** XML has a root element, which the schema or its name gives. https://spec.openapis.org/oas/v3.1.1.html#xml-object */
export function rootCode(schema: unknown, context: SchemaContext): string {
  const { value, ref } = context.api.resolve(schema);
  const root = asText(asJson(value.xml).name) ?? ref?.split("/").at(-1) ?? "root";
  context.notes.add("names, attributes and wrapped lists of the XML are to be compared with an example", context.place);
  return `z.object({ ${quoted(root)}: ${context.write(schema, context).zod} })`;
}

/** https://spec.openapis.org/oas/v3.1.1.html#encoding-the-x-www-form-urlencoded-media-type: lists are repeated unless the encoding says other */
function listStyle({ encoding }: Json, object: Json | undefined, context: SchemaContext): string {
  const lists = Object.entries(asJson(object?.properties)).flatMap(([name, property]) =>
    isList(property, context.api) ? [name] : [],
  );
  const styles = new Set(lists.map((name) => (asJson(asJson(encoding)[name]).style === "deepObject" ? "indexed" : "repeat")));
  if (styles.size > 1) context.notes.add("a form has lists of two styles: all are written as a[0]=…", context.place);
  return styles.has("repeat") && styles.size === 1 ? ', { lists: "repeat" }' : "";
}

function multipartCode(object: Json | undefined, { encoding }: Json, context: SchemaContext): string {
  const required = asList(object?.required);
  const entries = Object.entries(asJson(object?.properties));
  const isFile = (property: unknown): boolean => {
    const { value } = context.api.resolve(property);
    return (
      value.format === "binary" ||
      value.contentMediaType !== undefined ||
      (value.type === "array" && isFile(value.items)) ||
      Object.keys(value).length === 0
    );
  };
  const files = entries.filter(([, property]) => isFile(property)).map(([name]) => name);
  for (const name of files)
    if (!required.includes(name)) context.notes.add("the file may be left out: give [] then", `${context.place}.${name}`);
  for (const [name, { contentType }] of Object.entries(asJson(encoding)).map(([name, given]) => [name, asJson(given)] as const))
    if (contentType !== undefined && !files.includes(name))
      context.notes.add("a part has a content type of its own, which is not sent", `${context.place}.${name}`);
  const fields = Object.fromEntries(entries.filter(([name]) => !files.includes(name)));
  const zod = objectCode(
    {
      type: "object",
      properties: fields,
      required: required.filter((name) => Object.hasOwn(fields, String(name))),
      additionalProperties: undefined,
    },
    context,
  ).zod;
  return `multipart({ fields: ${Object.keys(fields).length === 0 ? "z.object({})" : zod}, files: [${files.map(quoted).join(", ")}] })`;
}
