import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CallTrouble, Disturbance } from "../fault-injection.ts";
import type { IamDirectory } from "../iam/directory.ts";
import { type Fault, Faults, struck } from "./faults.ts";
import { AwsError, type Caller, type Json, type Service } from "./service.ts";

/** The largest request of any service here: DynamoDB's batches. */
const MAX_BODY = 16 * 1_048_576;

export interface EndpointOptions {
  readonly directory: Pick<IamDirectory, "callerOf">;
  /** Told of what is a bug of the hub, not of the caller. */
  readonly onBug?: (error: unknown) => void;
  /** From 0 up to 1, for faults with a probability. @default Math.random */
  readonly random?: () => number;
  readonly disturbance?: Disturbance;
  /** Told when the environment dies that uses this access key. */
  readonly onKill?: (session: string) => void;
}

/** The caller has died: there is nobody to answer. */
class CallerDied extends Error {}

/**
 * The one address that AWS SDKs are pointed at (`AWS_ENDPOINT_URL`): AWS JSON 1.0 and 1.1 on loopback. Which service is meant stands in
 * `X-Amz-Target`; who calls, in the access key of the signature, together with its session token. The signature itself is not
 * computed: keys are random, live as long as the process, and never leave the machine.
 */
export class AwsEndpoint {
  readonly #services = new Map<string, Service>();
  readonly #directory: Pick<IamDirectory, "callerOf">;
  readonly #faults: Faults;
  readonly #onBug: (error: unknown) => void;
  readonly #disturbance: Disturbance;
  readonly #onKill: (session: string) => void;
  readonly #server: Server;

  constructor({ directory, onBug = () => {}, random, disturbance = {}, onKill = () => {} }: EndpointOptions) {
    this.#directory = directory;
    this.#onBug = onBug;
    this.#faults = new Faults(random);
    this.#disturbance = disturbance;
    this.#onKill = onKill;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Adds a service; it may be done while the endpoint runs, since some need its address to be made. */
  register(...services: readonly Service[]): void {
    for (const service of services) this.#services.set(service.target, service);
  }

  /**
   * @param port 0 for one that is free
   * @returns its URL, without a slash at the end
   */
  async start(port = 0): Promise<string> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends the connections too, those of long polls included. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /**
   * Makes a service fail, over HTTP and in process alike.
   * @param target such as `AWSEvents`
   * @param fault undefined takes it away
   */
  setFault(target: string, fault: Fault | undefined): void {
    this.#faults.set(target, fault);
  }

  /**
   * Calls a service in process, for a caller that is known; the gateway does.
   * @throws AwsError
   */
  async call(target: string, operation: string, input: Json, caller: Caller, signal?: AbortSignal): Promise<Json> {
    const service = this.#services.get(target);
    if (!service)
      throw new AwsError(
        "UnknownOperationException",
        `The local hub has no service ${target}. It has ${[...this.#services.keys()].join(", ")}.`,
      );
    const fault = this.#faults.answer(target, operation, input);
    if (fault) return fault;
    const trouble = this.#disturbance.awsCall?.({ target, operation, input, caller });
    if (trouble === "throttle" || trouble === "fail-entries") return struck(trouble, target, input);
    if (trouble === "kill-before") this.#kill(caller, trouble);
    const answer = await service.call(operation, input, caller, signal);
    if (trouble === "kill-after") this.#kill(caller, trouble);
    return answer;
  }

  #kill(caller: Caller, when: CallTrouble): never {
    if (caller.kind === "role" && caller.session !== undefined) this.#onKill(caller.session);
    throw new CallerDied(when);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [target = "", operation = ""] = String(request.headers["x-amz-target"] ?? "").split(".");
    const type =
      /^application\/x-amz-json-1\.[01]/.exec(request.headers["content-type"] ?? "")?.[0] ?? "application/x-amz-json-1.0";
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    response.setHeader("x-amzn-requestid", randomUUID());
    response.setHeader("content-type", type);
    try {
      const body = await readBody(request);
      const caller = this.#callerOf(request);
      respond(response, 200, await this.call(target, operation, parseBody(body), caller, gone.signal));
    } catch (error) {
      // Whoever has hung up is not answered.
      if (gone.signal.aborted) return;
      if (error instanceof CallerDied) return void response.destroy();
      const known =
        error instanceof AwsError ? error : new AwsError("InternalFailure", "The local hub has a bug; its log tells more.", 500);
      if (known !== error) this.#onBug(error);
      this.#fail(response, known, target, request.headers["x-amzn-query-mode"] !== undefined);
    }
  }

  #fail(response: ServerResponse, { code, message, status, members }: AwsError, target: string, queryMode: boolean): void {
    if (response.destroyed) return;
    response.setHeader("x-amzn-errortype", code);
    // SDKs that once spoke the query protocol show its codes. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait
    if (queryMode)
      response.setHeader(
        "x-amzn-query-error",
        `${this.#services.get(target)?.queryCodes?.[code] ?? code};${status < 500 ? "Sender" : "Receiver"}`,
      );
    respond(response, status, { __type: code, message, ...members });
  }

  #callerOf({ headers }: IncomingMessage): Caller {
    const [, accessKeyId] = /Credential=([^/\s,]+)\//.exec(headers.authorization ?? "") ?? [];
    if (accessKeyId === undefined) throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
    const caller = this.#directory.callerOf(accessKeyId, String(headers["x-amz-security-token"] ?? ""));
    if (!caller) throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.", 403);
    return caller;
  }
}

function respond(response: ServerResponse, status: number, body: Json): void {
  if (response.destroyed) return;
  response.statusCode = status;
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is too long is still read to its end: a client that is cut off sees a broken connection, not the error.
    if (size <= MAX_BODY) chunks.push(chunk);
  }
  if (size > MAX_BODY)
    throw new AwsError("RequestEntityTooLargeException", `The request has ${size} bytes. Send at most ${MAX_BODY}.`, 413);
  return Buffer.concat(chunks).toString();
}

function parseBody(body: string): Json {
  try {
    const parsed: unknown = JSON.parse(body === "" ? "{}" : body);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Json;
  } catch {
    // told below, as what is no object
  }
  throw new AwsError("SerializationException", "The request's body is not a JSON object.");
}
