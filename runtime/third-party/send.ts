import { X509Certificate } from "node:crypto";
import { TerminalError } from "../../model/errors.ts";
import { RetryableError } from "../errors.ts";
import { LARGEST_RESPONSE_BYTES } from "../limits.ts";
import type { Fetch, TlsIdentity } from "../ports.ts";
import { fetchWithCertificate } from "./fetch-with-certificate.ts";
import type { CallRequest } from "./request.ts";
import { idleLimit, streamed } from "./stream.ts";

/** User agent towards third parties. */
export const USER_AGENT = "integration-hub";

export interface Answer {
  /** That was called. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** The body of an answer that is read as a stream; `bytes` is empty then. */
  readonly stream?: AsyncIterable<Uint8Array>;
}

/** Failures before there is a connection. https://nodejs.org/api/errors.html#common-system-errors */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);
/**
 * The third party's certificate is refused in the handshake, before the request is sent.
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const UNTRUSTED =
  /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_CERT_|ERROR_IN_CRL_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|INVALID_(CA|PURPOSE)$|HOSTNAME_MISMATCH$|ERR_TLS_CERT_ALTNAME_INVALID$)/;
/**
 * The third party ends the handshake because of the client's certificate: alerts 42 to 46, 48 and 116. It has processed nothing.
 * https://www.rfc-editor.org/rfc/rfc8446#section-6.2
 */
const REFUSED_IDENTITY =
  /alert (bad certificate|unsupported certificate|certificate (revoked|expired|unknown|required)|unknown ca)/;

/** The third party could not be reached. */
export class UnreachableError extends RetryableError {
  /** Nothing listens at the address: the request has certainly not arrived. */
  readonly refused: boolean;
  /** No connection was made, so the request has certainly not been sent. */
  readonly notSent: boolean;
  constructor(message: string, code: string, options: ErrorOptions) {
    super("THIRD_PARTY_UNREACHABLE", message, options);
    this.refused = code === "ECONNREFUSED";
    this.notSent = NOT_SENT.has(code) || UNTRUSTED.test(code);
  }
}

/** A request as it is sent. */
interface Sent extends CallRequest {
  readonly identity?: TlsIdentity | undefined;
  /** An answer of 2xx is returned as a stream of at most so many bytes. */
  readonly streamOf?: number | undefined;
}

/**
 * One HTTP call, from connecting to the last byte, or to the first one of a stream. Redirects are not followed: they would send credentials elsewhere.
 *
 * @param name `<adapter>.<operation>`, for errors; they never contain URL, header or body
 * @param timeoutMs limit of the call; of a stream, until its answer begins, and for each chunk
 * @param fetchBy @default the network
 * @throws RetryableError `THIRD_PARTY_TIMEOUT`, `THIRD_PARTY_UNREACHABLE`; TerminalError `RESPONSE_TOO_LARGE`, `INVALID_REQUEST`
 */
export async function send(
  name: string,
  request: Sent,
  timeoutMs: number,
  signal: AbortSignal,
  fetchBy: Fetch = overNetwork,
): Promise<Answer> {
  const limit = idleLimit(timeoutMs);
  const init = {
    method: request.method,
    headers: request.headers,
    redirect: "manual",
    signal: AbortSignal.any([limit.signal, signal]),
    ...(request.body !== undefined && { body: request.body as string | Uint8Array<ArrayBuffer> }),
  } as const;
  assertSendable(name, request.url, init);
  const { identity } = request;
  const explained = (error: unknown) => failureOfCall({ name, timeoutMs, error, signal, timeout: limit.signal, identity });
  limit.start();
  try {
    const response = await fetchBy(request.url, init, identity);
    const { url } = request;
    const { status, headers } = response;
    if (request.streamOf === undefined || !response.ok)
      return { url, status, headers, bytes: await bytesOf(name, response, LARGEST_RESPONSE_BYTES) };
    return {
      url,
      status,
      headers,
      bytes: new Uint8Array(),
      stream: streamed({ chunks: chunksOf(name, response, request.streamOf), limit, explained }),
    };
  } catch (error) {
    throw explained(error);
  } finally {
    limit.stop();
  }
}

interface FailedCall {
  readonly name: string;
  readonly timeoutMs: number;
  readonly error: unknown;
  readonly signal: AbortSignal;
  readonly timeout: AbortSignal;
  readonly identity: TlsIdentity | undefined;
}

function failureOfCall({ name, timeoutMs, error, signal, timeout, identity }: FailedCall): Error {
  if (error instanceof TerminalError) return error;
  if (signal.aborted)
    return new RetryableError("TIMEOUT", `${name} was cut off: the step's time is up. Raise the step's timeout.`);
  if (timeout.aborted)
    return new RetryableError(
      "THIRD_PARTY_TIMEOUT",
      `${name} got no answer within ${timeoutMs / 1_000} seconds. It is called again with the same idempotency key.`,
    );
  if (isBadPort(error)) return unsendable(name);
  const alert = identity && REFUSED_IDENTITY.exec(causeOf(error).message ?? "")?.[1];
  if (identity && alert !== undefined) {
    const until = new X509Certificate(identity.certificate).validToDate.toISOString();
    return new RetryableError(
      "SECRET_INVALID",
      `${name} was not called: the third party refuses the client certificate, which is valid until ${until} (${alert}). Store one that it takes.`,
      { cause: error },
    );
  }
  const code = networkCode(error);
  const why = UNTRUSTED.test(code) ? `: its certificate is not trusted (${code}). It must be renewed` : ` (${code})`;
  return new UnreachableError(`${name} could not be reached${why}. It is called again.`, code, { cause: error });
}

const overNetwork: Fetch = (url, init, identity) => (identity ? fetchWithCertificate(url, init, identity) : fetch(url, init));

/** What fetch would throw before it sends anything is a fault of the request, and no outage of the third party. */
function assertSendable(name: string, url: string, init: RequestInit): void {
  try {
    new Request(url, init);
  } catch {
    // The error's text would quote the URL or a header.
    throw unsendable(name);
  }
}

/** A port that fetch refuses to call. https://fetch.spec.whatwg.org/#port-blocking */
const isBadPort = (error: unknown): boolean => causeOf(error).message === "bad port";

interface NetworkError {
  readonly message?: string;
  readonly code?: unknown;
  readonly errors?: readonly { readonly code?: unknown }[];
}
const causeOf = (error: unknown): NetworkError => (error as { readonly cause?: NetworkError }).cause ?? {};

const unsendable = (name: string) =>
  new TerminalError(
    `${name} was not called: its method, URL, headers and body make no HTTP request. Correct the adapter or the input.`,
    {
      code: "INVALID_REQUEST",
    },
  );

async function bytesOf(name: string, response: Response, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(name, response, most)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** @throws TerminalError `RESPONSE_TOO_LARGE` instead of the chunk with which the body is larger than `most` bytes */
async function* chunksOf(name: string, response: Response, most: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > most) {
      const limit = most >= MEBIBYTE ? `${most / MEBIBYTE} MB` : `${most} bytes`;
      throw new TerminalError(`${name} answered more than ${limit}. Ask for less at once.`, { code: "RESPONSE_TOO_LARGE" });
    }
    yield chunk;
  }
}
const MEBIBYTE = 1_048_576;

/** fetch puts the network error into `cause`, and for a host with two addresses into `cause.errors`. */
function networkCode(error: unknown): string {
  const { code: own, errors } = causeOf(error);
  const code = own ?? errors?.[0]?.code;
  return typeof code === "string" ? code : "no connection";
}
