import { describeThirdParty } from "../components/third-party/description.ts";
import { IN_MEMORY } from "../emulator/store.ts";
import { ActiveFaults } from "../local/sandbox/active-faults.ts";
import { answerCall, type Play } from "../local/sandbox/answer-call.ts";
import { CallLog } from "../local/sandbox/call-log.ts";
import { type Fault, parseFault } from "../local/sandbox/fault.ts";
import { requestOf, written } from "../local/sandbox/http.ts";
import { keyMaterial } from "../local/sandbox/key-material.ts";
import { SimulatedParty, sandboxPath } from "../local/sandbox/simulated-party.ts";
import type { Answer, Call, ThirdPartyOperation } from "../local/sandbox/types.ts";
import { writeAnswer } from "../local/sandbox/write-answer.ts";
import { type AnyAdapter, adaptersOf, type Clients, type Flow } from "../model/index.ts";
import type { Fetch } from "../runtime/ports.ts";
import { WITHOUT_BODY } from "../runtime/third-party/fetch-with-certificate.ts";
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
const ORIGIN = `http://${HOST}`;

/** The third parties of a flow in memory: the local sandbox, without a socket. It checks credentials and bodies as the sandbox does. */
export class ThirdParties {
  readonly log = new CallLog(IN_MEMORY);
  readonly secrets = new Map<string, Readonly<Record<string, string>>>();
  readonly #parties: ReadonlyMap<string, SimulatedParty>;
  readonly #behaviours: Behaviours;
  readonly #faults: ActiveFaults;
  readonly #clock: TestClock;

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
          baseUrl: ORIGIN + sandboxPath(name, party.baseUrl),
          ...(tokenPath !== undefined && { tokenUrl: `${ORIGIN}/${name}${tokenPath}` }),
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
    const headers = Object.fromEntries(Object.entries(init.headers).map(([header, value]) => [header.toLowerCase(), value]));
    const request = requestOf({
      method: init.method,
      url: pathname + search,
      headers: { ...headers, host: HOST },
      bytes: Buffer.from(init.body ?? ""),
      certificate: identity?.certificate,
    });
    const given = await answerCall(simulated, request, `/${rest.join("/")}`, {
      log: this.log,
      faults: this.#faults,
      clock: this.#clock,
      secret: (secret) => this.secrets.get(secret),
      faultInjection: {},
      play: this.#play,
    });
    if (!given) {
      await this.#clock.sleep(1_000);
      throw unreachable("ECONNRESET");
    }
    const { status } = given;
    const answered = written(given);
    return new Response(WITHOUT_BODY.includes(status) ? null : answered.body, { status, headers: answered.headers });
  };

  #play: Play = (party, found, { request, body, query }) => {
    const { operation, params } = found;
    const behaviour = this.#behaviours[party]?.[operation.name];
    if (!behaviour) return undefined;
    const reads = request.method === "GET" || request.method === "HEAD";
    const effects = this.log.effects(party).find((known) => known.operation === operation.name)?.count ?? 0;
    const fields = typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
    const input = { ...params, ...query, ...fields };
    return answerBy(behaviour, operation, { input, body, headers: request.headers, number: reads ? effects : effects + 1 });
  };
}

async function answerBy(behaviour: Behaviour, operation: ThirdPartyOperation, call: OperationCall): Promise<Answer> {
  const value: unknown = await behaviour(call);
  if (!isStatusAnswer(value)) {
    const { returns } = operation;
    const whole = (returns.headers ? value : { body: value }) as { readonly body: unknown; readonly headers?: Headers };
    const plain = whole.body instanceof Uint8Array ? Buffer.from(whole.body).toString("base64") : whole.body;
    return writeAnswer(returns, 200, plain, whole.headers);
  }
  const declared = operation.errors[value.status];
  const answered = declared ? writeAnswer(declared, value.status, value.body) : { status: value.status, body: value.body };
  return { ...answered, headers: { ...answered.headers, ...value.headers } };
}

const isStatusAnswer = (value: unknown): value is StatusAnswer =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "answer" && "status" in value;

/** As fetch fails. */
const unreachable = (code: string) => new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
