import { setTimeout } from "node:timers/promises";
import { FAULTS_PATH } from "../../protocol/faults.ts";
import { OPS_ROUTES, pathOf } from "../../protocol/routes.ts";

export interface Alarm {
  readonly name: string;
  readonly state: string;
}

/** A hub under test: what its stack outputs, and how its neighbours are reached. */
export interface HubTarget {
  /** URL of the API, without a trailing slash. */
  readonly url: string;
  /** API keys of a consumer and of an operator. */
  readonly keys: Readonly<Record<"caller" | "operator", string>>;
  readonly flows: readonly string[];
  /** Of the sandbox that stands in for the third parties; absent where they are called. */
  readonly sandboxUrl?: string | undefined;
  /** Of the sandbox's own API; absent on one machine. */
  readonly probeUrl?: string | undefined;
  /** How long a state may take to be reached, ms. */
  readonly patienceMs: number;
  /** How long an alarm may take, ms. */
  readonly alarmPatienceMs: number;
  /** Posts a notification as the payment provider does; with `forged`, under a wrong signature. */
  notify(body: object, forged?: boolean): Promise<Response>;
  alarms(): Promise<readonly Alarm[]>;
}

export interface RequestState {
  readonly requestId: string;
  readonly correlationId: string;
  readonly flow: string;
  readonly status: string;
  readonly steps: readonly { readonly step: string; readonly status: string; readonly attempts: number }[];
  readonly events: readonly { readonly name: string }[];
}
export interface SandboxCall {
  readonly operation: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number | null;
}
interface DeadLetter {
  readonly id: string;
  readonly step: string;
  readonly errorCode: string;
}

const PAUSE_MS = 250;

/** Calls a hub as its consumers and operators do. */
export class Hub {
  readonly #target: HubTarget;

  constructor(target: HubTarget) {
    this.#target = target;
  }

  get url() {
    return this.#target.url;
  }
  get flows() {
    return this.#target.flows;
  }
  get sandboxUrl() {
    return this.#target.sandboxUrl;
  }
  get probeUrl() {
    return this.#target.probeUrl;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(this.url + path, { headers: { "x-api-key": this.#target.keys.caller, ...headers } });
  }

  /** @param address URL that the hub returned */
  followed(address: string): Promise<Response> {
    return fetch(address, { headers: { "x-api-key": this.#target.keys.caller } });
  }

  /** @param body text is sent as it is */
  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: "POST",
      headers: { "x-api-key": this.#target.keys.caller, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  notify(body: object, forged = false): Promise<Response> {
    return this.#target.notify(body, forged);
  }

  /** @returns the id of the request that was accepted */
  async begin(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    return accepted(await this.post(path, body, headers));
  }

  /** Waits until the request has this status. */
  reaches(requestId: string, status: string): Promise<RequestState> {
    return this.#until(`request ${requestId} is ${status}`, async () => {
      const answer = await this.get(`/requests/${encodeURIComponent(requestId)}`);
      if (answer.status !== 200) return undefined;
      const state = (await answer.json()) as RequestState;
      return state.status === status ? state : undefined;
    });
  }

  /** Waits until the request has an open dead letter. */
  deadLetterOf(requestId: string): Promise<DeadLetter> {
    return this.#until(`request ${requestId} has a dead letter`, async () => {
      const answer = await this.get(
        `${pathOf(OPS_ROUTES.listDeadLetters)}?requestId=${encodeURIComponent(requestId)}`,
        this.#asOperator(),
      );
      if (answer.status !== 200) throw new Error(`GET /ops/dead-letters answered ${answer.status}: ${await answer.text()}`);
      return ((await answer.json()) as { deadLetters: readonly DeadLetter[] }).deadLetters[0];
    });
  }

  async decide(what: "redrive" | "discard", id: string): Promise<void> {
    const reason = what === "discard" ? { reason: "smoke" } : {};
    const answer = await this.post(pathOf(OPS_ROUTES[what]), { ids: [id], ...reason }, this.#asOperator());
    if (answer.status !== 200) throw new Error(`${what} answered ${answer.status}: ${await answer.text()}`);
  }

  /** Calls that the sandbox received with this correlation id. */
  async calls(correlationId: string): Promise<readonly SandboxCall[]> {
    const answer = await fetch(`${this.sandboxUrl}/_calls?correlationId=${encodeURIComponent(correlationId)}`);
    return (await answer.json()) as readonly SandboxCall[];
  }

  async fault(fault: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(this.sandboxUrl + FAULTS_PATH, { method: "PUT", body: JSON.stringify(fault) });
    if (!answer.ok) throw new Error(`the sandbox refuses the fault: ${await answer.text()}`);
  }

  /** Waits until this alarm fires; Pulumi ends its name with random letters. */
  async fires(name: string): Promise<void> {
    await this.#until(
      `the alarm ${name} fires`,
      async () => (await this.#target.alarms()).find((alarm) => alarm.name.startsWith(name) && alarm.state === "ALARM"),
      this.#target.alarmPatienceMs,
    );
  }

  #asOperator = () => ({ "x-api-key": this.#target.keys.operator });

  async #until<T>(what: string, ask: () => Promise<T | undefined>, withinMs = this.#target.patienceMs): Promise<T> {
    for (const end = Date.now() + withinMs; ; ) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (Date.now() > end) throw new Error(`waited ${Math.round(withinMs / 1_000)} s in vain until ${what}`);
      await setTimeout(PAUSE_MS);
    }
  }
}

/** @returns the request's id. @throws Error for another answer than 202 */
export async function accepted(answer: Response): Promise<string> {
  if (answer.status !== 202) throw new Error(`answered ${answer.status} and not 202: ${await answer.text()}`);
  return ((await answer.json()) as { requestId: string }).requestId;
}
