import type { BodyDescription, JsonSchema } from "../../model/index.ts";
import { parseXml } from "../../model/xml.ts";
import { type SandboxRequest, tryJson } from "./http.ts";

type Read = { readonly value: unknown } | { readonly fault: string };

/** Reads a request's body as the operation declares it. */
export async function readBody({ form, type, schema, files = [] }: BodyDescription, request: SandboxRequest): Promise<Read> {
  const given = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  // JSON has many types; senders leave it out in tests by hand.
  if (form !== "json" && given !== type.split(";")[0]?.trim().toLowerCase())
    return { fault: `The content type is "${given}". Send "${type}".` };
  switch (form) {
    case "form":
      return { value: nested([...new URLSearchParams(request.body)]) };
    case "text":
      return { value: request.body };
    case "bytes":
      return { value: null };
    case "xml":
      return attempt("XML", () => withLists(parseXml(request.body, true), schema));
    case "multipart":
      return multipart(request, files);
    default: {
      if (request.body === "") return { fault: "The body is missing." };
      return tryJson(request.body) ?? { fault: "The body is not JSON." };
    }
  }
}

/** An element that occurs once is a list where the schema has one. */
function withLists(value: unknown, schema: JsonSchema): unknown {
  if (schema.type === "array")
    return (Array.isArray(value) ? value : [value]).map((item) => withLists(item, (schema.items ?? {}) as JsonSchema));
  if (!isFields(value)) return value;
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withLists(inner, properties[name] ?? {})]));
}

function attempt(what: string, read: () => unknown): Read {
  try {
    return { value: read() };
  } catch {
    return { fault: `The body is not ${what}.` };
  }
}

async function multipart({ bytes, headers }: SandboxRequest, files: readonly string[]): Promise<Read> {
  try {
    const form = await new Response(new Uint8Array(bytes), {
      headers: { "content-type": headers["content-type"] ?? "" },
    }).formData();
    const missing = files.filter((name) => !(form.get(name) instanceof File));
    if (missing.length > 0) return { fault: `The body lacks the file ${missing.join(", ")}.` };
    return { value: nested([...form].flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : []))) };
  } catch {
    return { fault: "The body is not multipart/form-data." };
  }
}

/** @returns the object that names such as `a[b]`, `a[0]` and `a[]` stand for; a name that occurs more than once is a list */
function nested(pairs: readonly (readonly [name: string, value: string])[]): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of pairs) {
    const [first = "", ...rest] = name.split("[").map((part, i) => (i === 0 ? part : part.replace(/\]$/, "")));
    put(root, [first, ...rest], value);
  }
  return lists(root) as Readonly<Record<string, unknown>>;
}

function put(into: Record<string, unknown>, [field = "", ...rest]: readonly string[], value: string): void {
  const key = field === "" ? String(Object.keys(into).length) : field;
  const known = Object.hasOwn(into, key) ? into[key] : undefined;
  const next = rest.length === 0 ? value : isFields(known) ? known : {};
  if (rest.length > 0) put(next as Record<string, unknown>, rest, value);
  const repeated = rest.length === 0 && known !== undefined;
  Object.defineProperty(into, key, {
    value: repeated ? [...(Array.isArray(known) ? known : [known]), next] : next,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Objects whose keys are 0, 1, 2, … are lists. */
function lists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lists);
  if (!isFields(value)) return value;
  const keys = Object.keys(value);
  const items = Object.values(value).map(lists);
  return keys.length > 0 && keys.every((key, i) => key === String(i))
    ? items
    : Object.fromEntries(keys.map((key, i) => [key, items[i]]));
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
