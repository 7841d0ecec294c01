import { withInt64 } from "../../model/int64.ts";
import { RetryableError } from "../errors.ts";
import { faultsOf, type Validators, validatorOf } from "../validators.ts";
import type { AnyOperation } from "./context.ts";

/**
 * Reads an answer that an operator supplied for a call.
 * @param name `<adapter>.<operation>`
 * @param given JSON: the data of a JSON or XML answer, a string for text, base64 for bytes, null for nothing;
 *   `{ status, headers, body }` where the operation returns headers
 * @returns what the client returns, as if the third party had answered so
 * @throws RetryableError `ANSWER_INVALID` when it does not match `returns`
 */
export function suppliedValue(name: string, operation: AnyOperation, given: unknown, validators: Validators): unknown {
  const { reads, errors } = operation;
  const { headers: wanted, content, schema } = reads;
  if (wanted && !(isObject(given) && "body" in given && isObject(given.headers ?? {})))
    throw invalid(name, "/ is not { status, headers, body }");
  const parts = wanted ? (given as { status?: unknown; headers?: Record<string, unknown>; body: unknown }) : { body: given };
  const body = bodyOf(name, content?.form, withInt64(schema, structuredClone(parts.body)));
  if (content?.form !== "bytes" && content?.form !== "nothing") {
    const faults = faultsOf(validatorOf(validators.responses, name), body);
    if (faults !== undefined) throw invalid(name, faults);
  }
  const value = wanted ? { status: Number(parts.status ?? 200), headers: headersOf(wanted, parts.headers), body } : body;
  return errors ? { ok: true, value } : value;
}

function bodyOf(name: string, form: string | undefined, body: unknown): unknown {
  if (form === "nothing" && body !== null) throw invalid(name, "/ is not null");
  if (form !== "bytes") return body;
  if (typeof body !== "string" || !/^(?:[\w+/-]{4})*(?:[\w+/-]{2}==|[\w+/-]{3}=)?$/.test(body))
    throw invalid(name, "/ is not base64");
  return new Uint8Array(Buffer.from(body, "base64"));
}

/** Names of headers have no case. */
function headersOf(wanted: readonly string[], given: Readonly<Record<string, unknown>> = {}) {
  const values = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return Object.fromEntries(wanted.map((header) => [header, values.get(header.toLowerCase())]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const invalid = (name: string, faults: string) =>
  new RetryableError(
    "ANSWER_INVALID",
    `the answer that an operator supplied for ${name} does not match its schema: ${faults}. Complete the dead letter with another answer. Nothing was called.`,
  );
