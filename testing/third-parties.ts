import { describeThirdParty } from "../components/third-party/description.ts";
import { IN_MEMORY } from "../emulator/store.ts";
import { ActiveFaults } from "../local/sandbox/active-faults.ts";
import { answerCall, type Play } from "../local/sandbox/answer-call.ts";
import { CallLog } from "../local/sandbox/call-log.ts";
import { parseFault } from "../local/sandbox/fault.ts";
import { requestOf, written } from "../local/sandbox/http.ts";
import { keyMaterial } from "../local/sandbox/key-material.ts";
import { type Behaviour, operationCall, writeBehaviour } from "../local/sandbox/play-call.ts";
import { RecordedPlay, readRecorded } from "../local/sandbox/recorded-answers.ts";
import { SimulatedParty, sandboxPath } from "../local/sandbox/simulated-party.ts";
import type { Call } from "../local/sandbox/types.ts";
import {
  type AnyAdapter,
  adaptersOf,
  type Clients,
  type Flow,
  isConnection,
  type Operation,
  type OperationCall,
  type StatusAnswer,
} from "../model/index.ts";
import type { Fault } from "../protocol/faults.ts";
import type { Fetch } from "../runtime/ports.ts";
import { WITHOUT_BODY } from "../runtime/third-party/fetch-with-certificate.ts";
import type { TestClock } from "./test-clock.ts";

/** Adapter's name -> operation -> behaviour. */
export type Behaviours = Readonly<Record<string, Readonly<Record<string, Behaviour>>>>;

interface PlayedAnswers {
  readonly thirdParties?: Behaviours;
  readonly recordedIn?: string;
}

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

/** The only behaviour of a connection, and what it gets: reading a secret is no call. */
const SECRET = "secret";
const NO_CALL: OperationCall = { input: {}, body: null, headers: {}, url: "", number: 0 };
const HOST = "third-parties.test";
const ORIGIN = `http://${HOST}`;

/** The third parties of a flow in memory: the local sandbox, without a socket. It checks credentials and bodies as the sandbox does. */
export class ThirdParties {
  readonly log = new CallLog(IN_MEMORY);
  readonly secrets = new Map<string, Readonly<Record<string, string>>>();
  readonly #parties: ReadonlyMap<string, SimulatedParty>;
  readonly #behaviours: Behaviours;
  readonly #recorded: ReadonlyMap<string, RecordedPlay>;
  readonly #adapters: readonly AnyAdapter[];
  /** Examples that are functions, by adapter and operation. */
  readonly #examples: ReadonlyMap<string, Behaviour>;
  readonly #faults: ActiveFaults;
  readonly #clock: TestClock;

  /** @throws RangeError for a behaviour of an unknown third party or operation */
  constructor(flow: Flow, { thirdParties: behaviours = {}, recordedIn }: PlayedAnswers, clock: TestClock, random: () => number) {
    this.#clock = clock;
    this.#behaviours = behaviours;
    this.#faults = new ActiveFaults(clock, random);
    this.#examples = new Map(
      adaptersOf(flow).flatMap(({ name, operations }) =>
        Object.entries(operations as Readonly<Record<string, Operation>>).flatMap(([operation, { example }]) =>
          typeof example === "function" ? [[`${name}.${operation}`, example as Behaviour] as const] : [],
        ),
      ),
    );
    this.#adapters = adaptersOf(flow);
    this.#parties = new Map(
      this.#adapters
        .filter((adapter) => !isConnection(adapter))
        .map((adapter) => [adapter.name, new SimulatedParty(describeThirdParty(adapter, {}), clock)]),
    );
    this.#recorded = new Map(
      [...this.#parties].map(([name, { party }]) => [
        name,
        new RecordedPlay(party, recordedIn === undefined ? [] : readRecorded(recordedIn, name)),
      ]),
    );
    for (const [name, operations] of Object.entries(behaviours)) {
      const adapter = this.#adapters.find((one) => one.name === name);
      if (!adapter)
        throw new RangeError(
          `thirdParties.${name}: the flow uses no such third party. It uses ${this.#adapters.map((one) => one.name).join(", ")}.`,
        );
      const known = isConnection(adapter) ? [SECRET] : Object.keys(adapter.operations as object);
      for (const operation of Object.keys(operations))
        if (!known.includes(operation))
          throw new RangeError(`thirdParties.${name}.${operation}: there is no such operation. There are ${known.join(", ")}.`);
    }
  }

  /** Gives each secret of the adapters a value. */
  async fill(): Promise<void> {
    for (const { name, auth } of this.#adapters) {
      if (auth.kind !== "connection") continue;
      const texts = Object.fromEntries(auth.keys.map((key) => [key, `${key}-of-${name}`]));
      const given = await this.#behaviours[name]?.[SECRET]?.(NO_CALL);
      this.secrets.set(auth.secret, { ...texts, ...(given as Readonly<Record<string, string>> | undefined) });
    }
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

  fetch: Fetch = (url, init, identity) => this.#clock.calling(this.#answer(url, init, identity), init.signal);

  #answer: Fetch = async (url, init, identity) => {
    const { pathname, search } = new URL(url);
    const [, name = "", ...rest] = pathname.split("/");
    const simulated = this.#parties.get(name);
    if (!simulated) throw unreachable("ECONNREFUSED");
    if (identity && this.#faults.takeConnection(name)) throw unreachable("CERT_HAS_EXPIRED");
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

  #play: Play = (party, found, call) => {
    const { operation } = found;
    const own = this.#behaviours[party]?.[operation.name];
    const recorded = own ? undefined : this.#recorded.get(party)?.play(found, call);
    if (recorded) return Promise.resolve(recorded);
    const behaviour = own ?? this.#examples.get(`${party}.${operation.name}`);
    if (!behaviour) return undefined;
    const given = operationCall(party, found, call, this.log);
    return Promise.resolve(behaviour(given)).then((value) => writeBehaviour(operation, value));
  };
}

/** As fetch fails. */
const unreachable = (code: string) => new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
