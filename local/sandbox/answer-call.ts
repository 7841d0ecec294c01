import type { Clock } from "../../emulator/clock.ts";
import type { ActiveFaults } from "./active-faults.ts";
import { answerToken, refusalOf } from "./authenticate.ts";
import type { CallLog } from "./call-log.ts";
import { TOKEN } from "./fault.ts";
import type { ThirdPartyFaultInjection } from "./fault-injection.ts";
import { type SandboxRequest, tryJson } from "./http.ts";
import { answerOf, type FoundOperation, fieldErrors, invalidFor, type SimulatedParty } from "./simulated-party.ts";
import type { Answer, SandboxOptions } from "./types.ts";

interface Context {
  readonly log: CallLog;
  readonly faults: ActiveFaults;
  readonly clock: Clock;
  readonly secret: SandboxOptions["secret"];
  readonly faultInjection: ThirdPartyFaultInjection;
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
  const found = isToken ? undefined : simulated.find(request.method, path);
  const operation = isToken ? TOKEN : (found?.operation.name ?? null);
  const id = context.log.received({
    time: new Date(context.clock.now()).toISOString(),
    target: party.name,
    operation,
    method: request.method,
    path: request.url,
    headers: redact(request.headers, party.auth.kind === "api-key" ? party.auth.header : undefined),
    body: isToken ? redactForm(request.body) : bodyOf(request.body),
    idempotencyKey: request.headers["idempotency-key"] ?? null,
  });
  const answer = await respond(simulated, request, found, operation, id, context);
  if (answer) context.log.answered(id, answer.status);
  return answer;
}

async function respond(
  simulated: SimulatedParty,
  request: SandboxRequest,
  found: FoundOperation | undefined,
  operation: string | null,
  id: number,
  { log, faults, clock, secret, faultInjection }: Context,
): Promise<Answer | undefined> {
  const { name, auth } = simulated.party;
  if (operation === null) {
    return problem(
      404,
      "not_found",
      `${name} has no ${request.method} ${request.path}. Its operations: ${operationsOf(simulated)}.`,
    );
  }
  const idempotencyKey = request.headers["idempotency-key"] ?? null;
  const fault =
    faultInjection.thirdParty?.({ target: name, operation, method: request.method, path: request.url, idempotencyKey }) ??
    faults.take(name, operation);
  switch (fault?.mode) {
    case "error":
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
  if (!found) {
    const answer = answerToken(credentials, request.headers, new URLSearchParams(request.body), simulated.tokens);
    return fault?.mode === "after-timeout"
      ? undefined
      : fault?.mode === "invalid"
        ? { status: 200, body: { wrong: "on purpose" } }
        : answer;
  }
  const refusal = refusalOf(auth, credentials, request.headers, simulated.tokens);
  if (refusal !== undefined) {
    return {
      ...problem(401, "unauthorized", refusal),
      headers: { "www-authenticate": auth.kind === "basic" ? "Basic" : "Bearer" },
    };
  }
  const json = request.body === "" ? { value: undefined } : tryJson(request.body);
  if (!json) return problem(400, "invalid_request", "The body is not JSON.");
  if (found.operation.checkBody && json.value === undefined) return problem(400, "invalid_request", "The body is missing.");
  const errors = fieldErrors(found.operation, json.value, request.query);
  if (errors.length > 0) return { status: 400, body: { error: "invalid_request", errors } };

  const valid: Answer = { status: 200, body: answerOf(found.operation, found.params) };
  const reads = request.method === "GET";
  const answer = reads ? valid : log.apply(id, name, operation, idempotencyKey, valid);
  if (fault?.mode === "after-timeout") return undefined;
  return fault?.mode === "invalid" ? invalidAnswer(found) : answer;
}

/** The answer to a valid call under the fault `invalid`. */
function invalidAnswer({ operation }: FoundOperation): Answer {
  const wrong = invalidFor(operation);
  const page = { status: 200, headers: { "content-type": "text/html" }, body: "<html>wrong on purpose</html>" };
  return wrong === undefined ? page : { status: 200, body: wrong };
}

const problem = (status: number, error: string, message: string): Answer => ({ status, body: { error, message } });

const operationsOf = ({ party }: SimulatedParty) =>
  party.operations.map(({ method, path }) => `${method} ${path}`).join(", ") || "none";

function redact(headers: SandboxRequest["headers"], keyHeader: string | undefined): Record<string, string> {
  const secret = (name: string) => name === "authorization" || name === keyHeader;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, secret(name) ? "***" : value]));
}

function redactForm(body: string): Record<string, string> {
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [name, name === "client_secret" ? "***" : value]),
  );
}

function bodyOf(body: string): unknown {
  if (body === "") return null;
  const json = tryJson(body);
  return json ? json.value : body;
}
