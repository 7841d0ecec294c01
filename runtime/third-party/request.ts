import { TerminalError } from "../../model/errors.ts";
import { faultsOf, type Validate } from "../validators.ts";
import type { AnyOperation } from "./context.ts";

export interface CallRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  /** JSON, or `undefined` where the operation sends none. */
  readonly body: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Makes an HTTP request from an operation's input: path parameters, query and body are fields of one object.
 * @param name `<adapter>.<operation>`
 * @param validate of body and query as one object; `undefined` where the operation has neither
 * @throws TerminalError `INVALID_REQUEST` that names each faulty field
 */
export function requestFor(
  name: string,
  operation: AnyOperation,
  baseUrl: string,
  input: unknown,
  validate: Validate | undefined,
): CallRequest {
  const given: Fields = isFields(input) ? input : {};
  const [method = "", path = ""] = operation.route.split(" ");
  const params = [...path.matchAll(PARAM)].map(([, param = ""]) => param);
  const filled = path.replace(PARAM, (_, param: string) => segment(name, param, given[param]));

  const fields = copyOf(
    name,
    Object.fromEntries(
      Object.entries(given).filter(
        ([field]) => !params.includes(field) || isField(operation.body, field) || isField(operation.query, field),
      ),
    ),
  );
  const faults = validate && faultsOf(validate, fields);
  if (faults !== undefined) throw refuse(name, `its input does not match its schema: ${faults}`);

  const inQuery = (field: string) =>
    operation.query !== undefined && (operation.body === undefined || isField(operation.query, field));
  // A field that query and body both declare is sent in both.
  const inBody = (field: string) => operation.body !== undefined && (!inQuery(field) || isField(operation.body, field));
  const query = new URLSearchParams(
    Object.entries(fields).flatMap(([field, value]) => (inQuery(field) ? pairs(field, value) : [])),
  );
  const body = Object.fromEntries(Object.entries(fields).filter(([field]) => inBody(field)));
  return {
    method,
    url: `${baseUrl.replace(/\/+$/, "")}${filled}${query.size > 0 ? `?${query}` : ""}`,
    body: operation.body === undefined ? undefined : JSON.stringify(body),
  };
}

const PARAM = /:([A-Za-z0-9_]+)/g;

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

/** A list becomes a repeated parameter. */
function pairs(field: string, value: unknown): [string, string][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => pairs(field, item));
  return [[field, typeof value === "object" ? JSON.stringify(value) : String(value)]];
}

/** True when a zod object declares the field. */
function isField(schema: unknown, field: string): boolean {
  const shape = isFields(schema) || typeof schema === "function" ? (schema as { readonly shape?: unknown }).shape : undefined;
  return isFields(shape) && Object.hasOwn(shape, field);
}

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
