import { TerminalError } from "../../model/errors.ts";
import { RetryableError } from "../errors.ts";
import { LARGEST_RESPONSE_BYTES } from "../limits.ts";
import type { CallRequest } from "./request.ts";

/** User agent towards third parties. */
export const USER_AGENT = "integration-hub";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The third party could not be reached. */
export class UnreachableError extends RetryableError {
  /** Nothing listens at the address: the request has certainly not arrived. */
  readonly refused: boolean;
  constructor(message: string, refused: boolean, options: ErrorOptions) {
    super("THIRD_PARTY_UNREACHABLE", message, options);
    this.refused = refused;
  }
}

/**
 * One HTTP call, from connecting to the last byte. Redirects are not followed: they would send credentials elsewhere.
 *
 * @param name `<adapter>.<operation>`, for errors; they never contain URL, header or body
 * @throws RetryableError `THIRD_PARTY_TIMEOUT`, `THIRD_PARTY_UNREACHABLE`; TerminalError `RESPONSE_TOO_LARGE`
 */
export async function send(
  name: string,
  request: CallRequest & { readonly headers: Readonly<Record<string, string>> },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      redirect: "manual",
      signal: AbortSignal.any([timeout, signal]),
      ...(request.body !== undefined && { body: request.body }),
    });
    return { status: response.status, headers: response.headers, text: await textOf(name, response) };
  } catch (error) {
    if (error instanceof TerminalError) throw error;
    if (signal.aborted)
      throw new RetryableError("TIMEOUT", `${name} was cut off: the step's time is up. Raise the step's timeout.`);
    if (timeout.aborted) {
      throw new RetryableError(
        "THIRD_PARTY_TIMEOUT",
        `${name} got no answer within ${timeoutMs / 1_000} seconds. It is called again with the same idempotency key.`,
      );
    }
    const code = networkCode(error);
    throw new UnreachableError(`${name} could not be reached (${code}). It is called again.`, code === "ECONNREFUSED", {
      cause: error,
    });
  }
}

async function textOf(name: string, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > LARGEST_RESPONSE_BYTES) {
      throw new TerminalError(`${name} answered more than ${LARGEST_RESPONSE_BYTES / 1_048_576} MB. Ask for less at once.`, {
        code: "RESPONSE_TOO_LARGE",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** fetch puts the network error into `cause`, and for a host with two addresses into `cause.errors`. */
function networkCode(error: unknown): string {
  const { cause } = error as {
    readonly cause?: { readonly code?: unknown; readonly errors?: readonly { readonly code?: unknown }[] };
  };
  const code = cause?.code ?? cause?.errors?.[0]?.code;
  return typeof code === "string" ? code : "no connection";
}
