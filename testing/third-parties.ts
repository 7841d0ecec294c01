import { describeThirdParty } from "../components/third-party/description.ts";
import { IN_MEMORY } from "../emulator/store.ts";
import { ActiveFaults } from "../local/sandbox/active-faults.ts";
import { answerCall } from "../local/sandbox/answer-call.ts";
import { CallLog } from "../local/sandbox/call-log.ts";
import { type Fault, parseFault } from "../local/sandbox/fault.ts";
import type { SandboxRequest } from "../local/sandbox/http.ts";
import { keyMaterial } from "../local/sandbox/key-material.ts";
import { readBody } from "../local/sandbox/read-body.ts";
import { type FoundOperation, queryFields, SimulatedParty } from "../local/sandbox/simulated-party.ts";
import type { Answer, Call } from "../local/sandbox/types.ts";
import { writeAnswer } from "../local/sandbox/write-answer.ts";
import { type AnyAdapter, adaptersOf, type Clients, type Flow } from "../model/index.ts";
import type { Fetch } from "../runtime/ports.ts";
import type { TestClock } from "./test-clock.ts";

/** One call of an operation. */
export interface OperationCall {
  /** Parameters of the path, query and body together, as the handler gave them to the client. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** 1 for the first call of the operation that had an effect, then 2, … */
  readonly number: number;
}

/** An answer with a status of its own; `answer` makes one. */
export interface StatusAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param status 100 to 599 */
export const answer = (status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): StatusAnswer => ({
  kind: "answer",
  status,
  body,
  headers,
});

/** Plays an operation. @returns the value of `returns`, or an `answer` */
export type Behaviour = (call: OperationCall) => unknown;
/** Adapter's name -> operation -> behaviour. */
export type Behaviours = Readonly<Record<string, Readonly<Record<string, Behaviour>>>>;

type Awaitable<T> = T | Promise<T>;
type ClientsOf<A extends AnyAdapter> = Clients<{ readonly it: A }>["it"];

/** Behaviours of one adapter, typed by its operations: `thirdParties: { ...thirdParty(warehouse, { reserve: … }) }`. */
export const thirdParty = <A extends AnyAdapter>(
  adapter: A,
  behaviours: {
    readonly [K in keyof ClientsOf<A>]?: ClientsOf<A>[K] extends (...input: infer Input) => Promise<infer Output>
      ? (call: Omit<OperationCall, "input"> & { readonly input: Input[0] }) => Awaitable<Output | StatusAnswer>
      : never;
  },
): Behaviours => ({ [adapter.name]: behaviours as Readonly<Record<string, Behaviour>> });

type Headers = Readonly<Record<string, string>>;

const HOST = "third-parties.test";

/** The third parties of a flow in memory: the local sandbox, without a socket. It checks credentials and bodies as the sandbox does. */
export class ThirdParties {
  readonly log = new CallLog(IN_MEMORY);
  readonly secrets = new Map<string, Readonly<Record<string, string>>>();
  readonly #parties: ReadonlyMap<string, SimulatedParty>;
  readonly #behaviours: Behaviours;
  readonly #faults: ActiveFaults;
  readonly #clock: TestClock;
  readonly #played = new Map<string, Answer>();

  /** @throws RangeError for a behaviour of an unknown third party or operation */
  constructor(flow: Flow, behaviours: Behaviours, clock: TestClock, random: () => number) {
    this.#clock = clock;
    this.#behaviours = behaviours;
    this.#faults = new ActiveFaults(clock, random);
    this.#parties = new Map(
      adaptersOf(flow).map((adapter) => [adapter.name, new SimulatedParty(describeThirdParty(adapter, {}), clock)]),
    );
    for (const [name, operations] of Object.entries(behaviours)) {
      const known = this.#parties.get(name)?.party.operations.map((operation) => operation.name);
      if (!known)
        throw new RangeError(
          `thirdParties.${name}: the flow uses no such third party. It uses ${[...this.#parties.keys()].join(", ")}.`,
        );
      for (const operation of Object.keys(operations))
        if (!known.includes(operation))
          throw new RangeError(`thirdParties.${name}.${operation}: there is no such operation. There are ${known.join(", ")}.`);
    }
  }

  /** Gives each secret of the adapters a value. */
  async fill(): Promise<void> {
    for (const { party } of this.#parties.values())
      for (const [name, keys] of Object.entries(party.secrets)) {
        const known = this.secrets.get(name);
        const texts = Object.fromEntries(keys.map((key) => [key, `${key}-of-${name.replace(/\W/g, "-")}`]));
        this.secrets.set(name, { ...texts, ...known, ...(await keyMaterial(party, (declared) => declared === name, undefined)) });
      }
  }

  /** Value of the environment of the functions. */
  get addresses(): Readonly<Record<string, { readonly baseUrl: string; readonly tokenUrl?: string }>> {
    return Object.fromEntries(
      [...this.#parties].map(([name, { party, tokenPath }]) => [
        name,
        {
          baseUrl: `http://${HOST}/${name}${new URL(party.baseUrl).pathname.replace(/\/$/, "")}`,
          ...(tokenPath !== undefined && { tokenUrl: `http://${HOST}/${name}${tokenPath}` }),
        },
      ]),
    );
  }

  calls(): readonly Call[] {
    return this.log.calls({});
  }

  /** @throws RangeError for an unknown third party, operation or option */
  fault(fault: Fault): void {
    const parsed = parseFault(
      fault,
      [...this.#parties.values()].map(({ party }) => party),
    );
    if ("problems" in parsed) throw new RangeError(parsed.problems.join(" "));
    this.#faults.set(parsed.fault);
  }

  fetch: Fetch = async (url, init, identity) => {
    const { pathname, search } = new URL(url);
    const [, name = "", ...rest] = pathname.split("/");
    const simulated = this.#parties.get(name);
    if (!simulated) throw unreachable("ECONNREFUSED");
    const bytes = Buffer.from(init.body ?? "");
    const request: SandboxRequest = {
      method: init.method,
      path: pathname,
      query: new URLSearchParams(search),
      url: pathname + search,
      headers: {
        ...Object.fromEntries(Object.entries(init.headers).map(([header, value]) => [header.toLowerCase(), value])),
        host: HOST,
      },
      body: bytes.toString(),
      bytes,
      certificate: identity?.certificate,
    };
    const given = await this.#play(simulated, request, `/${rest.join("/")}`);
    if (!given) {
      await this.#clock.sleep(1_000);
      throw unreachable("ECONNRESET");
    }
    const { status, body, headers = {}, isBase64 } = given;
    const text = typeof body === "string" && "content-type" in headers ? body : (JSON.stringify(body) ?? "");
    return new Response(isBase64 ? Buffer.from(String(body), "base64") : [204, 205, 304].includes(status) ? null : text, {
      status,
      headers: { "content-type": "application/json", ...headers },
    });
  };

  /** @returns `undefined` where the caller gets no answer */
  async #play(simulated: SimulatedParty, request: SandboxRequest, path: string): Promise<Answer | undefined> {
    const { party } = simulated;
    const found = path === simulated.tokenPath ? undefined : simulated.find(request.method, path);
    const before = this.#effectsOf(party.name, found);
    const given = await answerCall(simulated, request, path, {
      log: this.log,
      faults: this.#faults,
      clock: this.#clock,
      secret: (name) => this.secrets.get(name),
      faultInjection: {},
    });
    const behaviour = found && this.#behaviours[party.name]?.[found.operation.name];
    if (!behaviour) return given;
    const reads = request.method === "GET" || request.method === "HEAD";
    const after = this.#effectsOf(party.name, found);
    const key = `${party.name}.${found.operation.name} ${request.headers[found.operation.idempotencyHeader ?? ""] ?? after}`;
    const isAccepted = reads ? given?.status === 200 : after > before;
    if (isAccepted) this.#played.set(key, await played(behaviour, found, request, after));
    if (given?.status !== 200) return given;
    const answered = this.#played.get(key);
    const { id } = this.calls().at(-1) ?? {};
    if (answered && id !== undefined) this.log.answered(id, answered.status);
    return answered ?? given;
  }

  #effectsOf(target: string, found: FoundOperation | undefined): number {
    return this.log.effects(target).find(({ operation }) => operation === found?.operation.name)?.count ?? 0;
  }
}

async function played(behaviour: Behaviour, found: FoundOperation, request: SandboxRequest, number: number): Promise<Answer> {
  const { operation, params } = found;
  const read = operation.body ? await readBody(operation.body, request) : { value: undefined };
  const body = "value" in read ? read.value : undefined;
  const fields = typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
  const input = { ...params, ...queryFields(operation, request.query), ...fields };
  const value: unknown = await behaviour({ input, body, headers: request.headers, number });
  if (!isStatusAnswer(value)) {
    const { returns } = operation;
    const whole = (returns.headers ? value : { body: value }) as { readonly body: unknown; readonly headers?: Headers };
    const plain = whole.body instanceof Uint8Array ? Buffer.from(whole.body).toString("base64") : whole.body;
    return writeAnswer(returns, 200, plain, whole.headers);
  }
  const declared = operation.errors[value.status];
  const written = declared ? writeAnswer(declared, value.status, value.body) : { status: value.status, body: value.body };
  return { ...written, headers: { ...written.headers, ...value.headers } };
}

const isStatusAnswer = (value: unknown): value is StatusAnswer =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "answer" && "status" in value;

/** As fetch fails. */
const unreachable = (code: string) => new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
