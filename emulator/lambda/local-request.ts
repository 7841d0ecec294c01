import type { OutgoingHttpHeaders, RequestOptions } from "node:http";
import { Socket } from "node:net";
import { Readable, Writable } from "node:stream";
import type { LocalAnswer, LocalCall } from "./local-call.ts";

/** Sends a call. @returns what ends the wait for its answer */
type Send = (call: LocalCall, onAnswer: (answer: LocalAnswer) => void) => () => void;

/** A request as `http.ClientRequest`, whose call goes by a message. https://nodejs.org/api/http.html#class-httpclientrequest */
export class LocalRequest extends Writable {
  /** What clients see as the connection: open, and never closed by the other side. Its listeners go with the request. */
  readonly socket = new Socket();
  readonly reusedSocket = true;
  readonly method: string;
  readonly path: string;
  readonly protocol = "http:";
  readonly #headers = new Map<string, [name: string, value: string]>();
  readonly #chunks: (string | Uint8Array)[] = [];
  readonly #send: Send;
  #timer: NodeJS.Timeout | undefined;
  #cancel: (() => void) | undefined;

  constructor({ path }: { readonly path: string }, options: RequestOptions, send: Send) {
    super({ decodeStrings: false, autoDestroy: false });
    this.method = (options.method ?? "GET").toUpperCase();
    this.path = path;
    this.#send = send;
    for (const [name, value] of Object.entries((options.headers ?? {}) as OutgoingHttpHeaders))
      if (value !== undefined) this.setHeader(name, value);
    if (options.timeout !== undefined) this.setTimeout(options.timeout);
    if (options.signal) this.#abortBy(options.signal);
    process.nextTick(() => this.emit("socket", this.socket));
  }

  /** A stream's own signal would count no longer once the request is written. */
  #abortBy(signal: AbortSignal) {
    const abort = () => {
      const error = new Error("The operation was aborted", { cause: signal.reason });
      this.destroy(Object.assign(error, { name: "AbortError", code: "ABORT_ERR" }));
    };
    if (signal.aborted) return process.nextTick(abort);
    signal.addEventListener("abort", abort, { once: true });
    this.once("close", () => signal.removeEventListener("abort", abort));
  }

  setHeader(name: string, value: number | string | readonly string[]): this {
    this.#headers.set(name.toLowerCase(), [name, typeof value === "object" ? value.join(", ") : String(value)]);
    return this;
  }
  getHeader(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase())?.[1];
  }
  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }
  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }
  getHeaders(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#headers].map(([name, [, value]]) => [name, value]));
  }
  getHeaderNames(): readonly string[] {
    return [...this.#headers.keys()];
  }
  flushHeaders(): void {}
  setNoDelay(): void {}
  setSocketKeepAlive(): void {}
  abort(): void {
    this.destroy();
  }

  /** Silence: nothing arrives before the whole answer. */
  setTimeout(ms: number, onTimeout?: () => void): this {
    clearTimeout(this.#timer);
    if (ms > 0) this.#timer = setTimeout(() => this.emit("timeout"), ms);
    if (onTimeout) this.once("timeout", onTimeout);
    return this;
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(typeof chunk !== "string" || encoding === "utf8" ? chunk : Buffer.from(chunk, encoding));
    done();
  }

  override _final(done: () => void): void {
    const [first = ""] = this.#chunks;
    const body = this.#chunks.length < 2 ? first : Buffer.concat(this.#chunks.map((chunk) => Buffer.from(chunk)));
    const call = { method: this.method, path: this.path, headers: this.getHeaders(), body };
    this.#cancel = this.#send(call, (answer) => this.#answered(answer));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    // As Node reports a request that is destroyed before its response. https://nodejs.org/api/http.html#httprequesturl-options-callback
    const early = this.#cancel || !this.writableFinished;
    this.#cancel?.();
    done(error ?? (early ? Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }) : null));
  }

  #answered({ status, headers, body }: LocalAnswer) {
    clearTimeout(this.#timer);
    this.#cancel = undefined;
    const response = new LocalResponse(this.socket, status, headers, body);
    // As in Node, a body without a reader is dropped.
    if (!this.emit("response", response)) response.resume();
    this.destroy();
  }
}

/** A response as `http.IncomingMessage`. */
class LocalResponse extends Readable {
  readonly statusCode: number;
  readonly statusMessage = "";
  readonly httpVersion = "1.1";
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers = {};
  readonly complete = true;
  readonly socket: Socket;

  constructor(socket: Socket, status: number, headers: Readonly<Record<string, string>>, body: string) {
    super({ read: () => {} });
    this.socket = socket;
    this.statusCode = status;
    this.headers = headers;
    if (body !== "") this.push(body);
    this.push(null);
  }

  get rawHeaders(): readonly string[] {
    return Object.entries(this.headers).flat();
  }
  setTimeout(): this {
    return this;
  }
}
