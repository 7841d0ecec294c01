import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import type { LocalAnswer, LocalCall } from "./local-call.ts";
import { LocalRequest } from "./local-request.ts";
import type { WorkerMessage } from "./worker-protocol.ts";

/** An `import` would read each export, and so load undici: 5 MB and 35 ms of each environment. components/bundler/builtins.ts */
const http = process.getBuiltinModule("node:http");

type OnResponse = (response: IncomingMessage) => void;

/**
 * In a worker: sends the calls that the function's code makes to servers in the hub's process as messages. `http.request`, `http.get` and `fetch`
 * behave as over a connection that is kept; any other origin, and whatever a message can't carry, takes the network.
 */
export class LocalCalls {
  readonly #origins: ReadonlySet<string>;
  readonly #send: (message: WorkerMessage) => void;
  readonly #waiting = new Map<number, (answer: LocalAnswer) => void>();
  #last = 0;

  /** @param origins such as `http://127.0.0.1:40123` */
  constructor(origins: readonly string[], send: (message: WorkerMessage) => void) {
    this.#origins = new Set(origins);
    this.#send = send;
    if (origins.length > 0) this.#takeOver();
  }

  /** Takes the answer to a call. */
  settle(id: number, answer: LocalAnswer): void {
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.(answer);
  }

  /** @returns what ends the wait for an answer */
  #start(origin: string, call: LocalCall, onAnswer: (answer: LocalAnswer) => void): () => void {
    this.#last += 1;
    const id = this.#last;
    this.#waiting.set(id, onAnswer);
    this.#send({ kind: "call", id, origin, call });
    return () => {
      if (this.#waiting.delete(id)) this.#send({ kind: "cancel", id });
    };
  }

  #takeOver() {
    const { request, get } = http;
    const made = (
      url: string | URL | RequestOptions,
      options?: RequestOptions | OnResponse,
      onResponse?: OnResponse,
    ): ClientRequest | undefined => {
      const given = typeof options === "object" ? options : {};
      const target = targetOf(url, given);
      if (!this.#origins.has(target.origin)) return undefined;
      const all = typeof url === "object" && !(url instanceof URL) ? url : given;
      const local = new LocalRequest(target, all, (call, onAnswer) => this.#start(target.origin, call, onAnswer));
      const listener = typeof options === "function" ? options : onResponse;
      if (listener) local.once("response", listener);
      return local as unknown as ClientRequest;
    };
    type Arguments = Parameters<typeof made>;
    http.request = ((...call: Arguments) => made(...call) ?? Reflect.apply(request, http, call)) as typeof request;
    http.get = ((...call: Arguments) => made(...call)?.end() ?? Reflect.apply(get, http, call)) as typeof get;
    // For what imports them by name. https://nodejs.org/api/module.html#modulesyncbuiltinesmexports
    syncBuiltinESMExports();
    const { fetch } = globalThis;
    globalThis.fetch = (input, init = {}) => this.#fetched(input, init) ?? fetch(input, init);
  }

  #fetched(input: Parameters<typeof fetch>[0], init: RequestInit): Promise<Response> | undefined {
    const { body = null, method = "GET", signal } = init;
    // Not by `instanceof Request`, which would load undici for a call to another origin.
    const isRequest = typeof input === "object" && !(input instanceof URL);
    if (isRequest || (body !== null && typeof body !== "string")) return undefined;
    const url = URL.canParse(String(input)) ? new URL(input) : undefined;
    if (!url || !this.#origins.has(url.origin)) return undefined;
    const headers = Object.fromEntries(new Headers(init.headers));
    if (body !== null) headers["content-type"] ??= "text/plain;charset=UTF-8";
    const call = { method: method.toUpperCase(), path: url.pathname + url.search, headers, body: body ?? "" };
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.#start(url.origin, call, ({ status, headers, body }) => {
        signal?.removeEventListener("abort", onAbort);
        // https://fetch.spec.whatwg.org/#null-body-status
        resolve(new Response([204, 205, 304].includes(status) ? null : body, { status, headers }));
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}

/** As Node reads the arguments of `http.request`. https://nodejs.org/api/http.html#httprequestoptions-callback */
function targetOf(
  url: string | URL | RequestOptions,
  options: RequestOptions,
): { readonly origin: string; readonly path: string } {
  if (typeof url === "string" || url instanceof URL) {
    const { origin, pathname, search } = typeof url === "string" ? new URL(url) : url;
    return { origin, path: options.path ?? pathname + search };
  }
  const { protocol = "http:", hostname, host = "localhost", port, path = "/" } = url;
  return { origin: `${protocol}//${hostname ?? host}${port ? `:${port}` : ""}`, path: path ?? "/" };
}
