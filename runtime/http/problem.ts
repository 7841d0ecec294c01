import type { ProxyResponse } from "../lambda.ts";

/** An error for an HTTP caller (RFC 9457). */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  /** @param detail shown to the caller: it must not reveal internals */
  constructor(status: number, title: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.title = title;
    this.headers = headers;
  }
}

export const badRequest = (detail: string): HttpProblem => new HttpProblem(400, "Bad Request", detail);
export const conflict = (detail: string): HttpProblem => new HttpProblem(409, "Conflict", detail);

export const json = (statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ProxyResponse => ({
  statusCode,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

export const problemResponse = ({ status, title, message, headers }: HttpProblem, requestId: string): ProxyResponse => ({
  statusCode: status,
  headers: { "content-type": "application/problem+json", "x-request-id": requestId, ...headers },
  body: JSON.stringify({ type: "about:blank", title, status, detail: message, requestId }),
});
