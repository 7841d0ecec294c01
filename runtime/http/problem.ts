import { failureOf } from "../errors.ts";
import type { ProxyResponse } from "../lambda.ts";

/** An error for an HTTP caller (RFC 9457). */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Extension member of the answer (RFC 9457, section 3.2). */
  readonly code: string | undefined;
  /**
   * @param detail shown to the caller: it must not reveal internals
   * @param code class of the failure, by which a caller's program can decide. @default none
   */
  constructor(status: number, title: string, detail: string, headers: Readonly<Record<string, string>> = {}, code?: string) {
    super(detail);
    this.status = status;
    this.title = title;
    this.headers = headers;
    this.code = code;
  }
}

export const badRequest = (detail: string): HttpProblem => new HttpProblem(400, "Bad Request", detail);
export const conflict = (detail: string): HttpProblem => new HttpProblem(409, "Conflict", detail);

/** The answer to a handler's own TerminalError: its code, and its message as detail. */
export function refusal(error: unknown): HttpProblem {
  const { code, message } = failureOf(error);
  return new HttpProblem(422, "Unprocessable Content", message, {}, code);
}

export const json = (statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ProxyResponse => ({
  statusCode,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

export const problemResponse = ({ status, title, message, headers, code }: HttpProblem, requestId: string): ProxyResponse => ({
  statusCode: status,
  headers: { "content-type": "application/problem+json", "x-request-id": requestId, ...headers },
  body: JSON.stringify({ type: "about:blank", title, status, detail: message, ...(code !== undefined && { code }), requestId }),
});
