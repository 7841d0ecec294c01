import { TerminalError } from "../../model/errors.ts";
import { RetryableError } from "../errors.ts";
import { LARGEST_RESPONSE_BYTES } from "../limits.ts";
import { fetchWithCertificate, type TlsIdentity } from "./fetch-with-certificate.ts";
import type { CallRequest } from "./request.ts";

/** User agent towards third parties. */
export const USER_AGENT = "integration-hub";

export interface Answer {
  /** That was called. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
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
  request: CallRequest & { readonly identity?: TlsIdentity | undefined },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const init = {
      method: request.method,
      headers: request.headers,
      redirect: "manual",
      signal: AbortSignal.any([timeout, signal]),
      ...(request.body !== undefined && { body: request.body as string | Uint8Array<ArrayBuffer> }),
    } as const;
    const response = await (request.identity
      ? fetchWithCertificate(request.url, init, request.identity)
      : fetch(request.url, init));
    return { url: request.url, status: response.status, headers: response.headers, bytes: await bytesOf(name, response) };
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

async function bytesOf(name: string, response: Response): Promise<Uint8Array> {
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
  return new Uint8Array(Buffer.concat(chunks));
}

/** fetch puts the network error into `cause`, and for a host with two addresses into `cause.errors`. */
function networkCode(error: unknown): string {
  const { cause } = error as {
    readonly cause?: { readonly code?: unknown; readonly errors?: readonly { readonly code?: unknown }[] };
  };
  const code = cause?.code ?? cause?.errors?.[0]?.code;
  return typeof code === "string" ? code : "no connection";
}
