import type { Clock } from "../../emulator/clock.ts";
import { SECRET_URL_KEY } from "../../model/index.ts";
import type { ActiveFaults } from "./active-faults.ts";
import { answerToken } from "./answer-token.ts";
import { certificateFault, refusalOf } from "./authenticate.ts";
import type { CallLog } from "./call-log.ts";
import { TOKEN } from "./fault.ts";
import type { ThirdPartyFaultInjection } from "./fault-injection.ts";
import { addressOf, type SandboxRequest } from "./http.ts";
import { playPage } from "./play-pages.ts";
import { readBody } from "./read-body.ts";
import { bodyOf, redactedForm, redactedHeaders, redactedUrl } from "./redact.ts";
import {
  answerOf,
  type FoundOperation,
  fieldErrors,
  invalidFor,
  NoSampleError,
  queryFields,
  type SimulatedParty,
  sampleAnswer,
} from "./simulated-party.ts";
import type { Answer, SandboxOptions } from "./types.ts";
import { writeAnswer } from "./write-answer.ts";

interface Context {
  readonly log: CallLog;
  readonly faults: ActiveFaults;
  readonly clock: Clock;
  readonly secret: SandboxOptions["secret"];
  readonly faultInjection: ThirdPartyFaultInjection;
  /**
   * Makes the answer of a valid call, once for each idempotency key of a call that changes something. What it throws is a fault of the
   * example, and the answer is 500.
   * @default the example, or a sample of `returns`
   */
  readonly play?: Play;
}
/** @returns `undefined` where the default holds */
export type Play = (party: string, found: FoundOperation, call: ValidCall) => Promise<Answer> | undefined;
export interface ValidCall {
  readonly request: SandboxRequest;
  /** Parsed; `undefined` where the operation has none. */
  readonly body: unknown;
  readonly query: Readonly<Record<string, unknown>>;
}

/**
 * Answers a call as the third party would: fault, authentication, validation, effect.
 * @param path the part after `/<name>`
 * @returns `undefined` when the caller gets no answer
 */
export async function answerCall(
  simulated: SimulatedParty,
  request: SandboxRequest,
  path: string,
  context: Context,
): Promise<Answer | undefined> {
  const { party } = simulated;
  const isToken = path === simulated.tokenPath && request.method === "POST";
  const address = party.secretUrl === undefined ? undefined : (context.secret(party.secretUrl)?.[SECRET_URL_KEY] ?? "");
  const found = isToken ? undefined : simulated.find(request.method, path, address);
  const operation = isToken ? TOKEN : (found?.operation.name ?? null);
  const id = context.log.received({
    time: new Date(context.clock.now()).toISOString(),
    target: party.name,
    operation,
    method: request.method,
    path: redactedUrl(party, request.url),
    headers: redactedHeaders(party, found?.operation, request.headers),
    body: isToken ? redactedForm(request.body) : bodyOf(request),
    idempotencyKey: idempotencyKeyOf(found, request),
  });
  const answer = await respond(simulated, request, found, operation, id, context).catch((error: unknown) => {
    if (!(error instanceof NoSampleError)) throw error;
    return problem(500, "no_sample", `${party.name}.${operation}: ${error.message}`);
  });
  if (answer) context.log.answered(id, answer.status);
  return answer;
}

async function respond(
  simulated: SimulatedParty,
  request: SandboxRequest,
  found: FoundOperation | undefined,
  operation: string | null,
  id: number,
  { log, faults, clock, secret, faultInjection, play }: Context,
): Promise<Answer | undefined> {
  const { name, auth, clientCertificate } = simulated.party;
  if (operation === null) {
    return problem(
      404,
      "not_found",
      `${name} has no ${request.method} ${redactedUrl(simulated.party, request.path)}. Its operations: ${operationsOf(simulated)}.`,
    );
  }
  const idempotencyKey = idempotencyKeyOf(found, request);
  const fault =
    faultInjection.thirdParty?.({ target: name, operation, method: request.method, path: request.url, idempotencyKey }) ??
    faults.take(name, operation);
  switch (fault?.mode) {
    case "error":
      if (found && fault.status !== undefined) {
        const declared = found.operation.errors[fault.status];
        if (declared) return writeAnswer(declared, fault.status, sampleAnswer(declared));
      }
      return problem(fault.status ?? 500, "sandbox_fault", "A fault set with PUT /_faults caused this error.");
    case "rate-limit":
      return {
        ...problem(429, "rate_limited", "A fault set with PUT /_faults caused this answer."),
        headers: { "retry-after": String(fault.retryAfter ?? 1) },
      };
    case "hang":
      return undefined;
    case "slow":
      await clock.wait(fault.delayMs ?? 3_000);
  }
  const credentials = auth.kind === "none" ? undefined : secret(auth.secret);
  const stranger = clientCertificate === undefined ? undefined : certificateFault(secret(clientCertificate), request);
  if (stranger !== undefined) return problem(403, "certificate_required", stranger);
  if (!found) {
    const answer = await answerToken(simulated, credentials, request, clock.now());
    return fault?.mode === "after-timeout"
      ? undefined
      : fault?.mode === "invalid"
        ? { status: 200, body: { wrong: "on purpose" } }
        : answer;
  }
  const refusal = await refusalOf(simulated, credentials, request, clock.now());
  if (refusal !== undefined) {
    return {
      ...problem(401, "unauthorized", refusal),
      headers: { "www-authenticate": auth.kind === "basic" ? "Basic" : "Bearer" },
    };
  }
  const wrongHeader = headerFault(found, credentials, request);
  if (wrongHeader !== undefined) return problem(400, "invalid_request", wrongHeader);
  const read = found.operation.body ? await readBody(found.operation.body, request) : { value: undefined };
  if ("fault" in read) return problem(400, "invalid_request", read.fault);
  const query = queryFields(found.operation, request.query);
  const errors = fieldErrors(found.operation, read.value, query);
  if (errors.length > 0) return { status: 400, body: { error: "invalid_request", errors } };

  const given = { ...query, ...(typeof read.value === "object" && read.value !== null ? read.value : {}) };
  const valid = async () =>
    (await play?.(name, found, { request, body: read.value, query })) ?? validAnswer(found, given, request);
  const reads = request.method === "GET" || request.method === "HEAD";
  const answer = reads
    ? await valid()
    : (log.repeated(id, name, operation, idempotencyKey) ?? log.apply(id, name, operation, idempotencyKey, await valid()));
  if (fault?.mode === "after-timeout") return undefined;
  return fault?.mode === "invalid" ? invalidAnswer(found) : answer;
}

function validAnswer(
  { operation, params }: FoundOperation,
  given: Readonly<Record<string, unknown>>,
  request: SandboxRequest,
): Answer {
  const { body, headers } = answerOf(operation, params);
  if (!operation.pages) return writeAnswer(operation.returns, 200, body, headers);
  const page = playPage(operation.pages, body, operation.returns.schema, given, addressOf(request));
  return writeAnswer(operation.returns, 200, page.body, { ...headers, ...page.headers });
}

/** @returns what is wrong with the headers that the operation declares */
function headerFault(
  { operation: { headers, secretHeaders, requiredHeaders } }: FoundOperation,
  credentials: Readonly<Record<string, string>> | undefined,
  request: SandboxRequest,
): string | undefined {
  const wrong = Object.entries(headers).find(([name, value]) => request.headers[name] !== value);
  if (wrong) return `Send the header "${wrong[0]}" with "${wrong[1]}".`;
  const lacking = Object.entries(secretHeaders).find(([name, key]) => request.headers[name] !== credentials?.[key]);
  if (lacking) return `Send the header "${lacking[0]}" with the value of "${lacking[1]}" in the secret.`;
  const missing = requiredHeaders.find((name) => request.headers[name] === undefined);
  return missing === undefined ? undefined : `The header "${missing}" is missing.`;
}

const idempotencyKeyOf = (found: FoundOperation | undefined, { headers }: SandboxRequest): string | null => {
  const header = found ? found.operation.idempotencyHeader : "idempotency-key";
  return header === null ? null : (headers[header] ?? null);
};

/** The answer to a valid call under the fault `invalid`. */
function invalidAnswer({ operation }: FoundOperation): Answer {
  const wrong = invalidFor(operation);
  const page = { status: 200, headers: { "content-type": "text/html" }, body: "<html>wrong on purpose</html>" };
  return wrong === undefined ? page : { status: 200, body: wrong };
}

const problem = (status: number, error: string, message: string): Answer => ({ status, body: { error, message } });

const operationsOf = ({ party }: SimulatedParty) =>
  party.operations.map(({ method, path }) => `${method} ${path}`).join(", ") || "none";
