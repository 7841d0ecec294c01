import type { Clock } from "../../emulator/clock.ts";
import { answerToken, refuse } from "./authenticate.ts";
import type { CallLog } from "./call-log.ts";
import { TOKEN } from "./fault.ts";
import type { FaultBoard } from "./fault-board.ts";
import type { ThirdPartyFaultInjection } from "./fault-injection.ts";
import { type Asked, tryJson } from "./http.ts";
import { answerOf, type FoundOperation, fieldErrors, lieOf, type PlayedParty } from "./played-party.ts";
import type { Answer, SandboxOptions } from "./types.ts";

interface Stage {
  readonly log: CallLog;
  readonly faults: FaultBoard;
  readonly clock: Clock;
  readonly secret: SandboxOptions["secret"];
  readonly faultInjection: ThirdPartyFaultInjection;
}

/**
 * Answers a call as the third party would: fault, authentication, validation, effect.
 * @param path below `/<name>`
 * @returns `undefined` when no answer is ever to be given
 */
export async function play(played: PlayedParty, asked: Asked, path: string, stage: Stage): Promise<Answer | undefined> {
  const { party } = played;
  const isToken = path === played.tokenPath && asked.method === "POST";
  const found = isToken ? undefined : played.find(asked.method, path);
  const operation = isToken ? TOKEN : (found?.operation.name ?? null);
  const id = stage.log.received({
    time: new Date(stage.clock.now()).toISOString(),
    target: party.name,
    operation,
    method: asked.method,
    path: asked.url,
    headers: redact(asked.headers, party.auth.kind === "api-key" ? party.auth.header : undefined),
    body: isToken ? redactForm(asked.body) : bodyOf(asked.body),
    idempotencyKey: asked.headers["idempotency-key"] ?? null,
  });
  const answer = await respond(played, asked, found, operation, id, stage);
  if (answer) stage.log.answered(id, answer.status);
  return answer;
}

async function respond(
  played: PlayedParty,
  asked: Asked,
  found: FoundOperation | undefined,
  operation: string | null,
  id: number,
  { log, faults, clock, secret, faultInjection }: Stage,
): Promise<Answer | undefined> {
  const { name, auth } = played.party;
  if (operation === null) {
    return problem(404, "not_found", `${name} offers no ${asked.method} ${asked.path}. Its operations: ${offers(played)}.`);
  }
  const idempotencyKey = asked.headers["idempotency-key"] ?? null;
  const fault =
    faultInjection.thirdParty?.({ target: name, operation, method: asked.method, path: asked.url, idempotencyKey }) ??
    faults.strike(name, operation);
  switch (fault?.mode) {
    case "error":
      return problem(fault.status ?? 500, "sandbox_fault", "This error was asked for with PUT /_faults.");
    case "rate-limit":
      return {
        ...problem(429, "rate_limited", "This was asked for with PUT /_faults."),
        headers: { "retry-after": String(fault.retryAfter ?? 1) },
      };
    case "hang":
      return undefined;
    case "slow":
      await clock.wait(fault.delayMs ?? 3_000);
  }
  const credentials = auth.kind === "none" ? undefined : secret(auth.secret);
  if (!found) {
    const answer = answerToken(credentials, asked.headers, new URLSearchParams(asked.body), played.tokens);
    return fault?.mode === "after-timeout"
      ? undefined
      : fault?.mode === "invalid"
        ? { status: 200, body: { wrong: "on purpose" } }
        : answer;
  }
  const refusal = refuse(auth, credentials, asked.headers, played.tokens);
  if (refusal !== undefined) {
    return {
      ...problem(401, "unauthorized", refusal),
      headers: { "www-authenticate": auth.kind === "basic" ? "Basic" : "Bearer" },
    };
  }
  const json = asked.body === "" ? { value: undefined } : tryJson(asked.body);
  if (!json) return problem(400, "invalid_request", "The body is not JSON.");
  if (found.operation.checkBody && json.value === undefined) return problem(400, "invalid_request", "The body is missing.");
  const errors = fieldErrors(found.operation, json.value, asked.query);
  if (errors.length > 0) return { status: 400, body: { error: "invalid_request", errors } };

  const right: Answer = { status: 200, body: answerOf(found.operation, found.params) };
  const reads = asked.method === "GET";
  const answer = reads ? right : log.apply(id, name, operation, idempotencyKey, right);
  if (fault?.mode === "after-timeout") return undefined;
  return fault?.mode === "invalid" ? lie(found) : answer;
}

/** What a caller gets that asked well, and is lied to. */
function lie({ operation }: FoundOperation): Answer {
  const wrong = lieOf(operation);
  const page = { status: 200, headers: { "content-type": "text/html" }, body: "<html>wrong on purpose</html>" };
  return wrong === undefined ? page : { status: 200, body: wrong };
}

const problem = (status: number, error: string, message: string): Answer => ({ status, body: { error, message } });

const offers = ({ party }: PlayedParty) => party.operations.map(({ method, path }) => `${method} ${path}`).join(", ") || "none";

function redact(headers: Asked["headers"], keyHeader: string | undefined): Record<string, string> {
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
