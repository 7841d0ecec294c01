import type { AnyAdapter } from "../../model/adapter.ts";
import { changesSomething } from "../../model/changes-something.ts";
import { seconds } from "../../model/duration.ts";
import { secretHeaders } from "../../model/header.ts";
import { VARIABLES } from "../../protocol/environment.ts";
import { type Backoff, retrying } from "../backoff.ts";
import type { Environment } from "../environment.ts";
import { failureOf, RetryableError } from "../errors.ts";
import { hashOf } from "../ids.ts";
import { QUICK_RETRY_MS } from "../limits.ts";
import { metricLine } from "../logging/metric.ts";
import { hideInScope } from "../logging/scope.ts";
import { valuesOf } from "../mask.ts";
import type { Services } from "../services.ts";
import { type Validators, validatorOf } from "../validators.ts";
import { previewOf } from "./answer-preview.ts";
import type { Pass } from "./breaker.ts";
import type { AnyOperation, CallContext } from "./context.ts";
import { type Credentials, type Party, type Proof, proven } from "./credentials.ts";
import { keepAnswer } from "./keep-answer.ts";
import type { CallResult } from "./pages.ts";
import { meaningOf, readAnswer } from "./read-answer.ts";
import { recordCall } from "./record-call.ts";
import { refusalOf } from "./refusal.ts";
import { type CallRequest, requestFor } from "./request.ts";
import { type Answer, send, UnreachableError, USER_AGENT } from "./send.ts";
import { suppliedValue } from "./supplied.ts";
import { outcomeOf } from "./unknown-outcomes.ts";
import { isUnreadable, unreadable } from "./unreadable.ts";

export type CallingServices = Services<Pick<Environment, "secrets" | "thirdParties" | "table">>;

const BACKOFF: Backoff = { jitter: "equal", base: 200, cap: QUICK_RETRY_MS };
/** Statuses of gateways in between: worth another try at once. */
const QUICK = new Set([502, 503, 504]);

export interface Call {
  readonly services: CallingServices;
  readonly validators: Validators;
  readonly adapter: AnyAdapter;
  /** `<adapter>.<operation>` */
  readonly name: string;
  readonly operation: AnyOperation;
  readonly input: unknown;
  /** Of a further page; `undefined`: made from the input. */
  readonly url: string | undefined;
  /** Number of this call among the run's calls of the operation, from 0. */
  readonly ordinal: number;
  readonly turn: (signal: AbortSignal) => Promise<void>;
  readonly enter: () => Promise<Pass>;
  readonly access: Credentials;
  readonly context: CallContext;
}

/** Makes one call, or uses the answer that an operator supplied for it. */
export async function call(made: Call): Promise<CallResult> {
  const { services, validators, adapter, name, operation, input, url, context } = made;
  const address = services.environment.thirdParties[adapter.name];
  if (!address)
    throw new RetryableError(
      "THIRD_PARTY_UNREACHABLE",
      `${VARIABLES.thirdParties.name} holds no address for ${adapter.name}. Deploy the flow again.`,
    );
  const key = `${name}#${made.ordinal}`;
  const changes = changesSomething(operation);
  const outcome = outcomeOf(context.unknown, key, changes);
  if (Object.hasOwn(context.answers, key)) {
    context.log.info("an operator supplied the answer; nothing is called", { thirdParty: name });
    const value = suppliedValue(name, operation, context.answers[key], validators);
    outcome.succeeded();
    context.unreadable.delete(key);
    const { baseUrl } = address;
    return { value, answer: { url: baseUrl, status: 200, headers: new Headers(), bytes: new Uint8Array() }, baseUrl };
  }
  const before = context.unreadable.get(key);
  if (before) throw unreadable(name, before);
  const validate = validatorOf(validators.requests, name);
  const called = await made.access.address(adapter.baseUrl, address.baseUrl);
  const request = await requestFor({ name, operation, adapter, address: called, input, validate });
  const party: Party = {
    name: adapter.name,
    auth: adapter.auth,
    secretHeaders: secretHeaders({ ...adapter.headers, ...operation.headers }),
    clientCertificate: adapter.clientCertificate?.secret,
    tokenUrl: address.tokenUrl,
    timeoutMs: seconds(adapter.timeout) * 1_000,
    correlationId: context.correlationId,
  };
  const began = services.clock.now();
  const sent = url === undefined ? request : { ...request, url };
  const { answer, secrets: proofs } = await withQuickRetries(made, party, sent, outcome);
  const secrets = [...proofs, ...called.secrets];
  await keepAnswer({ name, operation, request: sent, address: called, answer, secrets, personal: validators.personal });
  context.log.debug("third party called", { thirdParty: name, status: answer.status, durationMs: services.clock.now() - began });
  const meaning = meaningOf(operation, answer.status);
  if (meaning !== "value" && meaning !== "error")
    throw refusalOf(name, answer, services.clock.now(), {
      meaning,
      repeated: outcome.isUnknown() || (changes && context.repeated),
    });
  try {
    const value = readAnswer(name, operation, answer, validators);
    hideInScope(valuesOf(value, validators.personal));
    if (meaning === "value") outcome.succeeded();
    return { value, answer, baseUrl: address.baseUrl };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    metricLine(services, { ContractDrift: 1 }, { thirdParty: adapter.name });
    if (!changes || meaning !== "value") throw error;
    const preview = previewOf(answer, secrets);
    context.unreadable.set(key, preview);
    throw unreadable(name, preview, error);
  }
}

/** Calls, and calls again for up to two seconds in all where that is likely to help; longer waits are the queue's. */
async function withQuickRetries(
  made: Call,
  party: Party,
  request: CallRequest,
  outcomeOfCall: ReturnType<typeof outcomeOf>,
): Promise<{ readonly answer: Answer; readonly secrets: readonly string[] }> {
  const { services, access, context } = made;
  let proof: Proof | undefined;
  let renewed = false;
  let waitedMs = 0;
  const began = services.clock.now();
  const once = async (): Promise<Answer | UnreachableError> => {
    const outcome = await guarded(made, async () => {
      proof ??= await access.proof(party);
      const asked = services.clock.now();
      await made.turn(context.limit.signal);
      waitedMs += services.clock.now() - asked;
      const headers = { ...headersOf(made), ...request.headers };
      const signed = await proven({ ...request, headers }, proof, services.clock.now());
      const { identity } = proof;
      return outcomeOfCall.track(
        (status) => meaningOf(made.operation, status),
        () =>
          send(
            made.name,
            { ...signed, identity, streamOf: made.operation.reads.content?.maxBytes },
            party.timeoutMs,
            context.limit.signal,
            services.fetch,
          ),
      );
    });
    if (outcome instanceof Error || outcome.status !== 401 || renewed || party.auth.kind === "none") return outcome;
    renewed = true;
    proof = await access.proof(party, proof);
    return once();
  };

  let outcome: Answer | UnreachableError | undefined;
  let tries = 0;
  try {
    await retrying(services, BACKOFF, { withinMs: QUICK_RETRY_MS, signal: context.limit.signal }, async () => {
      tries += 1;
      outcome = await once();
      return worthQuickRetry(made.operation, outcome) ? undefined : outcome;
    });
    recordCall(made, { began, end: services.clock.now(), tries, waitedMs, url: request.url, outcome });
  } catch (error) {
    recordCall(made, { began, end: services.clock.now(), tries, waitedMs, url: request.url, outcome: error });
    throw error;
  }
  if (!outcome || outcome instanceof Error) throw outcome;
  return { answer: outcome, secrets: proof?.secrets ?? [] };
}

/**
 * One call through the circuit breaker.
 * @returns the error when nothing listens at the address, since that is worth a quick retry. @throws any other
 */
async function guarded(
  { name, operation, enter, context }: Call,
  work: () => Promise<Answer>,
): Promise<Answer | UnreachableError> {
  if (context.limit.signal.aborted)
    throw new RetryableError("TIMEOUT", `${name} was not called: the step's time is up. Raise the step's timeout.`);
  const pass = await enter();
  const outcome = await work().catch((error: unknown) => {
    if (error instanceof Error) return error;
    throw error;
  });
  if (!isOutage(operation, outcome)) {
    if (!(outcome instanceof Error)) await pass.succeeded();
  } else {
    const later = await pass.failed();
    // The third party's own `Retry-After` takes precedence.
    if (later && (outcome instanceof Error || !outcome.headers.has("retry-after"))) throw later;
  }
  if (outcome instanceof Error && !(outcome instanceof UnreachableError && outcome.refused)) throw outcome;
  return outcome;
}

const worthQuickRetry = (operation: AnyOperation, outcome: Answer | Error): boolean =>
  outcome instanceof Error ||
  (QUICK.has(outcome.status) && meaningOf(operation, outcome.status) === "failure" && !outcome.headers.has("retry-after"));

const OUTAGES: readonly string[] = ["THIRD_PARTY_UNREACHABLE", "THIRD_PARTY_TIMEOUT", "THIRD_PARTY_FAILED"];

/** The third party is down. A refusal is an answer and no outage, and so is a status that the operation declares; nor is a fault of the hub. */
const isOutage = (operation: AnyOperation, outcome: Answer | Error): boolean =>
  outcome instanceof Error
    ? OUTAGES.includes(failureOf(outcome).code)
    : outcome.status >= 500 && meaningOf(operation, outcome.status) === "failure";

/** The idempotency key is the same whenever the same delivery makes the same call, so that the third party can recognise a repetition. */
function headersOf({ context, adapter, operation, name, ordinal }: Call): Record<string, string> {
  const { requestId, delivery, origin } = context;
  const idempotencyHeader = operation.idempotencyHeader ?? adapter.idempotencyHeader ?? "idempotency-key";
  return {
    "user-agent": USER_AGENT,
    "x-correlation-id": context.correlationId,
    ...(idempotencyHeader !== "none" && {
      [idempotencyHeader.toLowerCase()]: hashOf([requestId, delivery, origin.flow, origin.step, name, ordinal]),
    }),
  };
}
