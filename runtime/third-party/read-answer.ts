import type { AnswerForm } from "../../model/content.ts";
import { withInt64 } from "../../model/int64.ts";
import { answerValidator } from "../../protocol/handlers.ts";
import { RetryableError } from "../errors.ts";
import { exactJson, keptText } from "../exact-json.ts";
import { faultsOf, type Validators, validatorOf } from "../validators.ts";
import { contentTypeOf } from "./answer-preview.ts";
import type { AnyOperation } from "./context.ts";
import { textOf } from "./decode.ts";
import type { Answer } from "./send.ts";

/** What a status means for an operation: a result, a declared error that is a result, or as `refusalOf` decides. */
export type Meaning = "value" | "error" | "retry" | "refuse" | "failure";

export function meaningOf({ errors, statuses }: AnyOperation, status: number): Meaning {
  if (errors?.[status]) return "error";
  if (statuses.retry?.includes(status)) return "retry";
  if (statuses.refuse?.includes(status)) return "refuse";
  return status >= 200 && status <= 299 ? "value" : "failure";
}

/**
 * @param name `<adapter>.<operation>`
 * @param answer of a status that means "value" or "error"
 * @returns what the client returns: the value, or a Result where the operation declares errors
 * @throws RetryableError `INVALID_RESPONSE`
 */
export function readAnswer(name: string, operation: AnyOperation, answer: Answer, validators: Validators): unknown {
  const error = operation.errors?.[answer.status];
  if (error)
    return {
      ok: false,
      status: answer.status,
      error: bodyIn(name, answerValidator(name, answer.status), error, answer, validators),
    };
  const value = bodyIn(name, name, operation.reads, answer, validators);
  return operation.errors ? { ok: true, value } : value;
}

/** @returns the body of an answer to a page's call, without status and headers */
export const bodyOf = ({ reads, errors }: AnyOperation, read: unknown): unknown => {
  const value = errors ? (read as { readonly value: unknown }).value : read;
  return reads.headers ? (value as { readonly body: unknown }).body : value;
};

/** Forms that no schema describes. */
const UNCHECKED: readonly string[] = ["bytes", "nothing", "stream"];

function bodyIn(name: string, validator: string, form: AnswerForm, answer: Answer, validators: Validators): unknown {
  const { body, note = "" } = contentOf(name, form, answer);
  if (!UNCHECKED.includes(form.content?.form ?? "json")) {
    const faults = faultsOf(validatorOf(validators.responses, validator), body);
    if (faults !== undefined)
      throw new RetryableError(
        "INVALID_RESPONSE",
        `${name} answered data that does not match its schema: ${faults}.${note} It is called again.`,
      );
  }
  if (!form.headers) return body;
  const headers = Object.fromEntries(form.headers.map((header) => [header, answer.headers.get(header) ?? undefined]));
  return { status: answer.status, headers, body };
}

interface Content {
  readonly body: unknown;
  /** What an error adds about numbers whose digits are kept as text. */
  readonly note?: string;
}

function contentOf(name: string, { schema, content }: AnswerForm, answer: Answer): Content {
  switch (content?.form) {
    case "nothing":
      return { body: null };
    case "stream":
      return { body: answer.stream };
    case "bytes":
      return { body: answer.bytes };
    case "text":
      return { body: textOf(name, answer) };
    case "xml":
      return parsed(name, "XML", answer, (text) => ({ body: content.codec?.read(text) }));
    default:
      return parsed(name, "JSON", answer, (text) => {
        const { value, kept } = text === "" ? { value: null, kept: [] } : exactJson(text);
        return { body: withInt64(schema, value), note: keptText(kept) };
      });
  }
}

function parsed(name: string, what: string, answer: Answer, parse: (text: string) => Content): Content {
  const text = textOf(name, answer);
  try {
    return parse(text);
  } catch {
    // The parser's own message would quote the answer.
    const { status, headers, bytes } = answer;
    const came = `${contentTypeOf(headers) || "no content type"}, ${bytes.length} bytes`;
    throw new RetryableError(
      "INVALID_RESPONSE",
      `${name} answered ${status} with something other than ${what} (${came}). Correct the adapter's baseUrl, or what the operation returns. It is called again.`,
    );
  }
}
