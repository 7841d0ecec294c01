import type { AnyAdapter } from "../../model/adapter.ts";
import { seconds } from "../../model/duration.ts";
import type { Environment } from "../environment.ts";
import { failureOf, RetryableError } from "../errors.ts";
import { hashOf } from "../ids.ts";
import { QUICK_RETRY_MS } from "../limits.ts";
import { secretCache } from "../secret-cache.ts";
import type { Services } from "../services.ts";
import { faultsOf, type Validators, validatorOf } from "../validators.ts";
import { accessTokens } from "./access-tokens.ts";
import { circuitBreaker, type Pass } from "./breaker.ts";
import type { AnyOperation, CallContext } from "./context.ts";
import { type AuthHeaders, type Credentials, credentials, type Party } from "./credentials.ts";
import { rateLimiter } from "./rate-limit.ts";
import { refusalOf } from "./refusal.ts";
import { type CallRequest, requestFor } from "./request.ts";
import { type Answer, send, UnreachableError, USER_AGENT } from "./send.ts";

/** alias in `uses` -> operation -> client function. */
export type AnyClients = Readonly<Record<string, Readonly<Record<string, (input?: unknown) => Promise<unknown>>>>>;

type CallingServices = Services<Pick<Environment, "secrets" | "thirdParties">>;
type Uses = Readonly<Record<string, AnyAdapter>>;

const FIRST_WAIT_MS = 200;
/** A gateway in between answered, or nobody did: worth another try at once. */
const QUICK = new Set([502, 503, 504]);

/**
 * Makes the clients of a step once per container, so that secrets and tokens are kept between invocations.
 * @returns what binds them to one run of the handler
 */
export function clientFactory(
  services: CallingServices,
  uses: Uses,
  validators: Validators,
): (context: CallContext) => AnyClients {
  const { environment, table, clock, random, secretStore } = services;
  const access = credentials(secretCache({ store: secretStore, clock, arns: environment.secrets }), accessTokens(clock));
  const parties = Object.entries(uses).map(([alias, adapter]) => {
    const { name, rateLimit: limit } = adapter;
    const turn = limit ? rateLimiter({ table, clock, random, adapter: name, limit }) : async () => {};
    return { alias, adapter, turn, enter: circuitBreaker({ table, clock, random, adapter: name }) };
  });

  return (context) => {
    const ordinals = new Map<string, number>();
    return Object.fromEntries(
      parties.map(({ alias, adapter, turn, enter }) => {
        const client = (operationName: string, operation: AnyOperation) => (input?: unknown) => {
          const name = `${adapter.name}.${operationName}`;
          const ordinal = ordinals.get(name) ?? 0;
          ordinals.set(name, ordinal + 1);
          return call({ services, validators, adapter, name, operation, input, ordinal, turn, enter, access, context });
        };
        const operations = Object.entries(adapter.operations as Readonly<Record<string, AnyOperation>>);
        return [alias, Object.fromEntries(operations.map(([name, operation]) => [name, client(name, operation)]))];
      }),
    );
  };
}

interface Call {
  readonly services: CallingServices;
  readonly validators: Validators;
  readonly adapter: AnyAdapter;
  /** `<adapter>.<operation>` */
  readonly name: string;
  readonly operation: AnyOperation;
  readonly input: unknown;
  /** Counts this run's calls of this operation, from 0. */
  readonly ordinal: number;
  readonly turn: (signal: AbortSignal) => Promise<void>;
  readonly enter: () => Promise<Pass>;
  readonly access: Credentials;
  readonly context: CallContext;
}

async function call(made: Call): Promise<unknown> {
  const { services, validators, adapter, name, operation, input, context } = made;
  const address = services.environment.thirdParties[adapter.name];
  if (!address)
    throw new RetryableError(
      "THIRD_PARTY_UNREACHABLE",
      `HUB_THIRD_PARTIES holds no address for ${adapter.name}. Deploy the flow again.`,
    );
  const validate =
    operation.body === undefined && operation.query === undefined ? undefined : validatorOf(validators.requests, name);
  const request = requestFor(name, operation, address.baseUrl, input, validate);
  const party: Party = {
    name: adapter.name,
    auth: adapter.auth,
    tokenUrl: address.tokenUrl,
    timeoutMs: seconds(adapter.timeout) * 1_000,
    correlationId: context.correlationId,
  };
  const began = services.clock.now();
  const answer = await patiently(made, party, request);
  context.log.debug("third party called", { thirdParty: name, status: answer.status, durationMs: services.clock.now() - began });
  if (answer.status < 200 || answer.status > 299) throw refusalOf(name, answer, services.clock.now());
  return read(name, answer, validators);
}

/** Calls, and for up to two seconds in all calls again where that is likely to help; longer waits are the queue's. */
async function patiently(made: Call, party: Party, request: CallRequest): Promise<Answer> {
  const { services, turn, enter, access, context, name } = made;
  const { clock, random } = services;
  const end = clock.now() + QUICK_RETRY_MS;
  let auth: AuthHeaders | undefined;
  let renewed = false;
  for (let wait = FIRST_WAIT_MS; ; wait *= 2) {
    if (context.signal.aborted)
      throw new RetryableError("TIMEOUT", `${name} was not called: the step's time is up. Raise the step's timeout.`);
    const pass = await enter();
    const outcome = await (async () => {
      auth ??= await access.headers(party);
      await turn(context.signal);
      return send(name, { ...request, headers: { ...headersOf(made, request), ...auth } }, party.timeoutMs, context.signal);
    })().catch((error: unknown) => {
      if (error instanceof Error) return error;
      throw error;
    });
    if (!isOutage(outcome)) {
      if (!(outcome instanceof Error)) await pass.succeeded();
    } else {
      const wait = await pass.failed();
      // A third party that says itself when to call again is taken at its word.
      if (wait && (outcome instanceof Error || !outcome.headers.has("retry-after"))) throw wait;
    }
    if (outcome instanceof Error && !(outcome instanceof UnreachableError && outcome.refused)) throw outcome;
    if (!(outcome instanceof Error) && outcome.status === 401 && !renewed && party.auth.kind !== "none") {
      renewed = true;
      auth = await access.headers(party, auth);
      continue;
    }
    const quick = outcome instanceof Error || (QUICK.has(outcome.status) && !outcome.headers.has("retry-after"));
    const pause = wait / 2 + (wait / 2) * random();
    if (quick && clock.now() + pause < end) {
      await clock.sleep(pause, context.signal);
      continue;
    }
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }
}

const OUTAGES: readonly string[] = ["THIRD_PARTY_UNREACHABLE", "THIRD_PARTY_TIMEOUT", "THIRD_PARTY_FAILED"];

/** The third party is down: neither a refusal, which is an answer, nor a fault of the hub's own. */
const isOutage = (outcome: Answer | Error): boolean =>
  outcome instanceof Error ? OUTAGES.includes(failureOf(outcome).code) : outcome.status >= 500;

/** The idempotency key is the same whenever the same delivery makes the same call, so the third party can tell a repetition. */
function headersOf({ context, name, ordinal }: Call, { body }: CallRequest): Record<string, string> {
  const { requestId, delivery, step, flow } = context;
  return {
    accept: "application/json",
    "user-agent": USER_AGENT,
    "x-correlation-id": context.correlationId,
    "idempotency-key": hashOf([requestId, delivery, flow, step, name, ordinal]),
    ...(body !== undefined && { "content-type": "application/json" }),
  };
}

function read(name: string, { text }: Answer, validators: Validators): unknown {
  let value: unknown;
  try {
    value = text === "" ? null : JSON.parse(text);
  } catch {
    // The parser's own message would quote the answer.
    throw new RetryableError("INVALID_RESPONSE", `${name} answered what is not JSON. It is called again.`);
  }
  const faults = faultsOf(validatorOf(validators.responses, name), value);
  if (faults !== undefined)
    throw new RetryableError("INVALID_RESPONSE", `${name} answered what is not of its schema: ${faults}. It is called again.`);
  return value;
}
