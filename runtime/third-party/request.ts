import type { AnyAdapter } from "../../model/adapter.ts";
import { TerminalError } from "../../model/errors.ts";
import { type HeaderValues, inputHeaders } from "../../model/header.ts";
import { faultsOf, type Validate } from "../validators.ts";
import type { Address } from "./address.ts";
import type { AnyOperation } from "./context.ts";
import { queryPairs } from "./form-pairs.ts";
import { BodyError, binaryFields, writeBody } from "./write-body.ts";

export interface CallRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined` where the operation sends none. */
  readonly body: string | Uint8Array | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** What a request is made from. */
export interface RequestParts {
  /** `<adapter>.<operation>` */
  readonly name: string;
  readonly operation: AnyOperation;
  readonly adapter: Pick<AnyAdapter, "headers" | "queryLists">;
  readonly address: Address;
  readonly input: unknown;
  /** Of query, headers and body as one object. */
  readonly validate: Validate;
}

/**
 * Makes an HTTP request from an operation's input: path parameters, query, headers and body are fields of one object.
 * @throws TerminalError `INVALID_REQUEST` that names each faulty field
 */
export async function requestFor({ name, operation, adapter, address, input, validate }: RequestParts): Promise<CallRequest> {
  const given: Fields = isFields(input) ? input : {};
  const [method = "", path = ""] = operation.route.split(" ");
  const params = [...path.matchAll(PARAM)].map(([, param = ""]) => param);
  const filled = path.replace(PARAM, (_, param: string) => segment(name, param, given[param]));
  const binary = binaryFields(operation);
  const inHeader = inputHeaders(operation.headers).map(([, { field }]) => field);
  const { query, body, bodyIsField } = operation;

  const declared = (field: string) => (!bodyIsField && isField(body, field)) || isField(query, field);
  const fields = copyOf(
    name,
    pick(given, (field) => !binary.includes(field) && (!params.includes(field) || declared(field))),
  );
  const faults = faultsOf(validate, fields);
  if (faults !== undefined) throw refuse(name, `its input does not match its schema: ${faults}`);

  const inQuery = (field: string) => query !== undefined && (body === undefined || isField(query, field));
  // A field that query and body both declare is sent in both.
  const inBody = (field: string) => body !== undefined && (!inQuery(field) || isField(body, field));
  const free = (field: string) => !inHeader.includes(field);
  const lists = operation.queryLists ?? adapter.queryLists ?? "repeat";
  const pairs = queryPairs(
    pick(fields, (field) => free(field) && inQuery(field)),
    lists,
  );
  const search = new URLSearchParams(pairs.map(([...pair]) => pair)).toString();
  const written = await writeBody(
    operation,
    pick(fields, (field) => free(field) && inBody(field)),
    pick(given, (field) => binary.includes(field)),
  ).catch((error: unknown) => {
    throw error instanceof BodyError ? refuse(name, error.message) : error;
  });
  return {
    method,
    url: urlOf(address, filled, search),
    headers: {
      accept: acceptOf(operation),
      ...(written && { "content-type": written.type }),
      ...headersFrom(name, { ...adapter.headers, ...operation.headers }, fields),
    },
    body: written?.body,
  };
}

/** @param search the operation's query, without `?` */
function urlOf({ base, search: always, whole }: Address, path: string, search: string): string {
  const query = [always.slice(1), search].filter((part) => part !== "").join("&");
  return `${base}${whole && path === "/" ? "" : path}${query === "" ? "" : `?${query}`}`;
}

const PARAM = /:([A-Za-z0-9_]+)/g;

const acceptOf = ({ reads }: AnyOperation) => reads.content?.type ?? "application/json";

/** Headers with a value that is declared or in the input; those of the secret are added with the credentials. */
function headersFrom(name: string, headers: HeaderValues, fields: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([header, value]) => {
      const text = typeof value === "string" ? value : value.from === "input" ? fields[value.field] : undefined;
      if (text === undefined || text === null) return [];
      if (!isHeaderText(String(text))) throw refuse(name, `the header ${header} can't carry its value`);
      return [[header.toLowerCase(), String(text)]];
    }),
  );
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
export const isHeaderText = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text);

/** @returns the value as one path segment; `.` and `..` would walk up the path, as `URL` understands them even when encoded. */
function segment(name: string, param: string, value: unknown): string {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  if (text === "" || text === "." || text === "..") throw refuse(name, `${param} can't be part of a path`);
  try {
    return encodeURIComponent(text);
  } catch {
    throw refuse(name, `${param} is not well-formed text`);
  }
}

/** True when a zod object declares the field. */
function isField(schema: unknown, field: string): boolean {
  const shape = isFields(schema) || typeof schema === "function" ? (schema as { readonly shape?: unknown }).shape : undefined;
  return isFields(shape) && Object.hasOwn(shape, field);
}

const pick = (fields: Fields, wanted: (field: string) => boolean): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => wanted(field)));

/** A copy, since defaults are filled in in place and the handler's object must not change. */
function copyOf(name: string, fields: Fields): Fields {
  try {
    return JSON.parse(JSON.stringify(fields)) as Fields;
  } catch {
    throw refuse(name, "its input can't be serialised as JSON");
  }
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

const refuse = (name: string, fact: string) =>
  new TerminalError(`${name} was not called: ${fact}. Call it with input that matches its declaration.`, {
    code: "INVALID_REQUEST",
  });
