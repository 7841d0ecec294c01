import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { CallFault, FaultInjection } from "../fault-injection.ts";
import type { IamDirectory } from "../iam/directory.ts";
import type { LocalAnswer, LocalCall } from "../lambda/local-call.ts";
import { isOutOfSpace } from "../store.ts";
import { confirmSubscription } from "./confirm-subscription.ts";
import { type Fault, Faults, faultResponse } from "./faults.ts";
import { AwsError, type Caller, type Json, type Service } from "./service.ts";

/** Maximum request body in bytes: DynamoDB's batches have the largest limit of the emulated services. */
const MAX_BODY = 16 * 1_048_576;

export interface EndpointOptions {
  readonly directory: Pick<IamDirectory, "callerOf">;
  /** Called with an unexpected error: a bug in the emulator, not an error of the caller. */
  readonly onBug?: (error: unknown) => void;
  /** Returns a number in [0, 1) for faults that have a probability. @default Math.random */
  readonly random?: () => number;
  readonly faultInjection?: FaultInjection;
  /** Called when a fault kills the execution environment that uses this access key. */
  readonly onKill?: (session: string) => void;
  /** Called with each call that a service refused as over its rate limit. */
  readonly onThrottled?: (call: { readonly target: string; readonly operation: string; readonly input: Json }) => void;
}

const THROTTLED = /^(Throttling|RequestThrottled|ProvisionedThroughputExceeded|RequestLimitExceeded|TooManyRequests)/;

/** A fault killed the caller, so no response is sent. */
class CallerDied extends Error {}

/**
 * The endpoint that AWS SDKs use (`AWS_ENDPOINT_URL`): AWS JSON 1.0 and 1.1 on the loopback interface. `X-Amz-Target` names the
 * service and the operation. The access key in the signature and the session token identify the caller. The signature itself is not
 * verified: keys are random, are valid as long as the process runs, and never leave the machine.
 */
export class AwsEndpoint {
  readonly #services = new Map<string, Service>();
  readonly #directory: Pick<IamDirectory, "callerOf">;
  readonly #faults: Faults;
  readonly #onBug: (error: unknown) => void;
  readonly #faultInjection: FaultInjection;
  readonly #onKill: (session: string) => void;
  readonly #onThrottled: NonNullable<EndpointOptions["onThrottled"]>;
  readonly #server: Server;

  constructor({
    directory,
    onBug = () => {},
    random,
    faultInjection = {},
    onKill = () => {},
    onThrottled = () => {},
  }: EndpointOptions) {
    this.#directory = directory;
    this.#onBug = onBug;
    this.#faults = new Faults(random);
    this.#faultInjection = faultInjection;
    this.#onKill = onKill;
    this.#onThrottled = onThrottled;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Adds services. Services that need the endpoint's URL can be added after `start`. */
  register(...services: readonly Service[]): void {
    for (const service of services) this.#services.set(service.target, service);
  }

  /** Listens on a free port. @returns the endpoint's URL without a trailing slash */
  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Stops listening and closes all connections, including long polls. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /**
   * Makes a service fail for calls over HTTP and in process.
   * @param target service prefix of `X-Amz-Target`, such as `AWSEvents`
   * @param fault the fault to inject; undefined removes it
   */
  setFault(target: string, fault: Fault | undefined): void {
    this.#faults.set(target, fault);
  }

  /**
   * Calls a service in process for an identified caller, as the gateway and the scheduler do.
   * @throws AwsError the service's error; UnknownOperationException for an unknown service
   */
  async call(target: string, operation: string, input: Json, caller: Caller, signal?: AbortSignal): Promise<Json> {
    try {
      return await this.#call(target, operation, input, caller, signal);
    } catch (error) {
      if (error instanceof AwsError && THROTTLED.test(error.code)) this.#onThrottled({ target, operation, input });
      // The store has reported it. SDKs repeat the call.
      if (isOutOfSpace(error)) throw new AwsError("ServiceUnavailable", "The hub's disk is full.", 503);
      throw error;
    }
  }

  async #call(target: string, operation: string, input: Json, caller: Caller, signal?: AbortSignal): Promise<Json> {
    const service = this.#services.get(target);
    if (!service)
      throw new AwsError(
        "UnknownOperationException",
        `The service ${target} is not simulated. Use one of ${[...this.#services.keys()].join(", ")}.`,
      );
    const faulty = this.#faults.respond(target, operation, input);
    if (faulty) return faulty;
    const received = { target, operation, input, caller };
    const trouble = this.#faultInjection.awsCall?.(received);
    const halfWayMs = (this.#faultInjection.awsDelayMs?.(received) ?? 0) / 2;
    if (trouble === "throttle" || trouble === "fail-entries") return faultResponse(trouble, target, input);
    if (trouble === "kill-before") this.#kill(caller, trouble);
    if (halfWayMs > 0) await setTimeout(halfWayMs);
    const output = await service.call(operation, input, caller, signal);
    if (halfWayMs > 0) await setTimeout(halfWayMs);
    if (trouble === "kill-after") this.#kill(caller, trouble);
    return output;
  }

  #kill(caller: Caller, when: CallFault): never {
    if (caller.kind === "role" && caller.session !== undefined) this.#onKill(caller.session);
    throw new CallerDied(when);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const disconnected = new AbortController();
    response.once("close", () => response.writableFinished || disconnected.abort());
    const body = await readBody(request).catch(() => undefined);
    if (body === undefined) return;
    const { method = "", url: path = "/", headers } = request;
    const answer = await this.answer({ method, path, headers: headers as LocalCall["headers"], body }, disconnected.signal);
    if (!answer) return void response.destroy();
    if (!response.destroyed) response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /**
   * Answers a call over HTTP, also one that comes by a message (`Functions.serve`).
   * @param signal aborts a long poll
   * @returns undefined when the caller has died
   */
  async answer({ method, path, headers, body }: LocalCall, signal: AbortSignal): Promise<LocalAnswer | undefined> {
    const [target = "", operation = ""] = (headers["x-amz-target"] ?? "").split(".");
    const common = {
      "x-amzn-requestid": randomUUID(),
      "content-type": /^application\/x-amz-json-1\.[01]/.exec(headers["content-type"] ?? "")?.[0] ?? "application/x-amz-json-1.0",
    };
    const confirmed = confirmSubscription(method, path);
    if (confirmed !== undefined) return { ...confirmed, headers: { ...common, "content-type": "text/xml" } };
    try {
      const caller = this.#callerOf(headers);
      const output = await this.call(target, operation, parseBody(body), caller, signal);
      return { status: 200, headers: common, body: JSON.stringify(output) };
    } catch (error) {
      if (error instanceof CallerDied) return undefined;
      const known =
        error instanceof AwsError ? error : new AwsError("InternalFailure", "The emulator failed. See the hub's log.", 500);
      if (known !== error && !signal.aborted) this.#onBug(error);
      const { code, message, status, members } = known;
      const mode = headers["x-amzn-query-mode"] === undefined ? {} : this.#queryError(known, target);
      return {
        status,
        headers: { ...common, ...mode, "x-amzn-errortype": code },
        body: JSON.stringify({ __type: code, message, ...members }),
      };
    }
  }

  /** SDKs of services that moved from the query protocol still expose its error codes. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait */
  #queryError({ code, status }: AwsError, target: string) {
    const queryCode = this.#services.get(target)?.queryCodes?.[code] ?? code;
    return { "x-amzn-query-error": `${queryCode};${status < 500 ? "Sender" : "Receiver"}` };
  }

  #callerOf(headers: LocalCall["headers"]): Caller {
    const [, accessKeyId] = /Credential=([^/\s,]{1,128})\//.exec(headers.authorization ?? "") ?? [];
    if (accessKeyId === undefined) throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
    const caller = this.#directory.callerOf(accessKeyId, headers["x-amz-security-token"] ?? "");
    if (!caller) throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.", 403);
    return caller;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    // Read an oversized body to its end: a client that is cut off sees a broken connection instead of the error.
    if (size <= MAX_BODY) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}

function parseBody(body: LocalCall["body"]): Json {
  const size = Buffer.byteLength(body);
  if (size > MAX_BODY)
    throw new AwsError("RequestEntityTooLargeException", `The request has more than ${MAX_BODY} bytes. Send less.`, 413);
  try {
    const parsed: unknown = size === 0 ? {} : JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString());
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Json;
  } catch {
    // Invalid JSON gets the same error as a value that is not an object.
  }
  throw new AwsError("SerializationException", "The request's body is not a JSON object.");
}
