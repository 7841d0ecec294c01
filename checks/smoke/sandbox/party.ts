import { FAULTS_PATH } from "../../../protocol/faults.ts";

/** A third party as its component describes it; what the sandbox's function reads of it. */
export interface Party {
  readonly name: string;
  readonly operations: readonly {
    readonly name: string;
    readonly method: string;
    /** Such as `/orders/:id`. */
    readonly path: string;
    readonly example?: unknown;
  }[];
}

/** A fault for the next calls of an operation. */
export interface Fault {
  readonly target: string;
  readonly operation: string;
  readonly mode: "error";
  readonly status: number;
  readonly times: number;
}

export interface Call {
  readonly target: string;
  readonly operation: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number;
}

/** Where calls and faults are kept. */
export interface Memory {
  add(correlationId: string, call: Call): Promise<void>;
  /** In the order of arrival. */
  calls(correlationId: string): Promise<readonly Call[]>;
  setFault(fault: Fault): Promise<void>;
  /** Takes one of the fault's `times`. @returns its status; `undefined` where none is left */
  takeFault(target: string, operation: string): Promise<number | undefined>;
}

export interface HttpCall {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = (statusCode: number, body: unknown): HttpAnswer => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** Headers that the checks read. Credentials are not kept. */
const KEPT = ["x-correlation-id", "idempotency-key"];

/**
 * Answers as the local sandbox does, as far as the checks need it: calls of the parties by their operations' examples, whatever their
 * credentials are; `GET /_calls?correlationId=`; `PUT /_faults`. All of it below `/<key>`.
 */
export async function answer(call: HttpCall, key: string, parties: readonly Party[], memory: Memory): Promise<HttpAnswer> {
  const [, given, first = "", ...rest] = call.path.split("/");
  if (key === "" || given !== key) return json(404, { error: "not_found" });
  if (call.method === "GET" && first === "_calls") return json(200, await memory.calls(call.query.get("correlationId") ?? ""));
  if (call.method === "PUT" && `/${first}` === FAULTS_PATH) {
    const fault = parsed(call.body) as Fault;
    await memory.setFault(fault);
    return json(200, fault);
  }
  const party = parties.find(({ name }) => name === first);
  if (!party) return json(404, { error: "not_found" });
  const path = `/${rest.join("/")}`;
  if (path === TOKEN_PATH) return json(200, { access_token: "smoke", token_type: "Bearer", expires_in: 3_600 });
  const operation = party.operations.find((one) => one.method === call.method && matches(one.path, path));
  const status = operation ? ((await memory.takeFault(party.name, operation.name)) ?? 200) : 404;
  const headers = Object.fromEntries(Object.entries(call.headers).filter(([name]) => KEPT.includes(name)));
  await memory.add(headers["x-correlation-id"] ?? "", {
    target: party.name,
    operation: operation?.name ?? null,
    headers,
    body: parsed(call.body),
    status,
  });
  return json(status, status === 200 ? (operation?.example ?? {}) : { error: "smoke" });
}

/** Where every party issues access tokens. */
export const TOKEN_PATH = "/_token";

function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(":") || part === given[i]);
}

function parsed(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
