import type { OperationCall, StatusAnswer } from "../../model/index.ts";
import type { ValidCall } from "./answer-call.ts";
import type { CallLog } from "./call-log.ts";
import { addressOf } from "./http.ts";
import type { FoundOperation } from "./simulated-party.ts";
import type { Answer, ThirdPartyOperation } from "./types.ts";
import { writeAnswer } from "./write-answer.ts";

/** Plays an operation. @returns the value of `returns`, or an `answer` */
export type Behaviour = (call: OperationCall) => unknown;

/** The call as a behaviour gets it. */
export function operationCall(
  party: string,
  { operation, params }: FoundOperation,
  { request, body, query }: ValidCall,
  log: CallLog,
): OperationCall {
  const effects = log.effects(party).find((known) => known.operation === operation.name)?.count ?? 0;
  const reads = request.method === "GET" || request.method === "HEAD";
  const fields = typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
  return {
    input: { ...params, ...query, ...fields },
    body,
    headers: request.headers,
    url: addressOf(request).href,
    number: reads ? effects : effects + 1,
  };
}

/** @param value what a behaviour returned */
export function writeBehaviour({ returns, errors }: ThirdPartyOperation, value: unknown): Answer {
  if (!isStatusAnswer(value)) {
    const whole = (returns.headers ? value : { body: value }) as {
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    };
    return writeAnswer(returns, 200, plain(whole.body), whole.headers);
  }
  const declared = errors[value.status] ?? (value.status < 300 ? returns : undefined);
  const answered = declared ? writeAnswer(declared, value.status, plain(value.body)) : { status: value.status, body: value.body };
  return { ...answered, headers: { ...answered.headers, ...value.headers } };
}

const plain = (body: unknown) => (body instanceof Uint8Array ? Buffer.from(body).toString("base64") : body);

const isStatusAnswer = (value: unknown): value is StatusAnswer =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "answer" && "status" in value;
