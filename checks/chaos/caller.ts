import { createHmac } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { OPS_ROUTES, pathOf, STATUS_ROUTES } from "../../protocol/routes.ts";
import type { HubControl } from "./hub-control.ts";
import type { DeadLetter } from "./observation.ts";
import type { Asked } from "./workload.ts";

/** What is sent of a request. */
type Sendable = Pick<Asked, "path" | "body" | "correlationId" | "idempotencyKey">;

/** A request that the hub has accepted. */
export interface Accepted<A extends Sendable = Asked> {
  readonly asked: A;
  readonly requestId: string;
  /** Other ids that the hub gave to the same request. */
  readonly otherIds: readonly string[];
  /** Number of times it was sent. */
  readonly sent: number;
}

/** A request of a list. */
export interface Listed {
  readonly requestId: string;
  readonly status: string;
}

/** The time limit of the run has passed. */
export class TimeIsUp extends Error {}

type Hub = Pick<HubControl, "hub" | "now">;

const PAUSE_MS = 200;
const HOLD_MS = 12 * 3_600_000;
const END_STATES = ["completed", "failed", "compensated"];
export const isEnd = (status: string | undefined) => status !== undefined && END_STATES.includes(status);

/**
 * Calls the hub and repeats requests that did not get 202, with the same idempotency key. Webhook providers do so too: a 5xx of an ingress
 * function that was killed is not a refusal.
 */
export class Caller {
  readonly #control: Hub;
  /** Time limit of the run, ms since the epoch. */
  readonly #end: number;
  readonly #wait: (ms: number) => Promise<unknown>;

  constructor(control: Hub, end: number, wait: (ms: number) => Promise<unknown> = setTimeout) {
    this.#control = control;
    this.#end = end;
    this.#wait = wait;
  }

  /** @throws Error for a refusal that repeating can't change, and after the time limit */
  async send<A extends Sendable>(asked: A): Promise<Accepted<A>> {
    const ids = new Set<string>();
    for (let sent = 1; ; sent++) {
      const answer = await this.#post(asked);
      if (answer?.status === 202 || answer?.status === 200) {
        const requestId = answer.requestId ?? "";
        const [first = requestId] = ids;
        return { asked, requestId, otherIds: first === requestId ? [] : [first], sent };
      }
      if (answer?.requestId) ids.add(answer.requestId);
      if (answer && answer.status !== 429 && answer.status < 500)
        throw new Error(`${asked.correlationId} was refused with ${answer.status}: ${answer.text}`);
      await this.pause(`${asked.correlationId} is accepted`);
    }
  }

  /** @throws Error when there is no response before the time limit */
  async statusOf(requestId: string): Promise<string | undefined> {
    const answer = await this.#get(pathOf(STATUS_ROUTES.showRequest, { requestId }), this.#control.hub.apiKey);
    if (answer.status === 404) return undefined;
    return ((await answer.json()) as { status: string }).status;
  }

  openDeadLetters(): Promise<readonly DeadLetter[]> {
    return this.deadLetters("open");
  }

  async deadLetters(state: "open" | "redriven"): Promise<readonly DeadLetter[]> {
    const path = `${pathOf(OPS_ROUTES.listDeadLetters)}?limit=1000&state=${state}`;
    const answer = await this.#get(path, this.#control.hub.operatorKey);
    return ((await answer.json()) as { deadLetters: DeadLetter[] }).deadLetters;
  }

  /** Holds a third party until the end of the run and beyond. */
  async hold(thirdParty: string): Promise<void> {
    const until = new Date(this.#control.now() + HOLD_MS).toISOString();
    const { status } = await this.#ask(pathOf(OPS_ROUTES.hold), {
      method: "POST",
      headers: { "x-api-key": this.#control.hub.operatorKey, "content-type": "application/json" },
      body: JSON.stringify({ thirdParty, until, reason: "chaos: the run ends" }),
    });
    if (status !== 200) throw new Error(`${thirdParty} could not be held: ${status}.`);
  }

  /** All requests of a flow, those included that no caller started. */
  async requestsOf(flow: string): Promise<readonly Listed[]> {
    const found: Listed[] = [];
    for (let cursor = ""; ; ) {
      const query = new URLSearchParams({ flow, limit: "100", ...(cursor && { cursor }) });
      const answer = await this.#get(`${pathOf(STATUS_ROUTES.listRequests)}?${query}`, this.#control.hub.apiKey);
      const page = (await answer.json()) as { readonly requests: readonly Listed[]; readonly cursor?: string };
      found.push(...page.requests);
      if (page.cursor === undefined) return found;
      cursor = page.cursor;
    }
  }

  /** @returns the values of a business key by which the request is found */
  async keysOf(requestId: string, field: string): Promise<readonly string[]> {
    const answer = await this.#get(pathOf(STATUS_ROUTES.showRequest, { requestId }), this.#control.hub.apiKey);
    return ((await answer.json()) as { readonly keys?: Readonly<Record<string, readonly string[]>> }).keys?.[field] ?? [];
  }

  /** Redrives or discards dead letters, 100 at a time. */
  async decide(action: "redrive" | "discard", ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += 100) {
      const reason = action === "discard" ? { reason: "chaos: it can't succeed" } : {};
      await this.#ask(pathOf(OPS_ROUTES[action]), {
        method: "POST",
        headers: { "x-api-key": this.#control.hub.operatorKey, "content-type": "application/json" },
        body: JSON.stringify({ ids: ids.slice(from, from + 100), ...reason }),
      });
    }
  }

  /** @throws TimeIsUp after the time limit */
  async pause(until: string, ms = PAUSE_MS): Promise<void> {
    if (Date.now() > this.#end) throw new TimeIsUp(`time limit reached before ${until}.`);
    await this.#wait(ms);
  }

  /** @returns `undefined` when the hub did not respond */
  async #post({ path, body, correlationId, idempotencyKey }: Sendable) {
    const { url, apiKey, webhookSecret } = this.#control.hub;
    const text = JSON.stringify(body);
    const authentication = path.startsWith("/hooks/")
      ? { "stripe-signature": signature(text, webhookSecret, this.#control.now()) }
      : { "x-api-key": apiKey, "idempotency-key": idempotencyKey };
    try {
      const headers = { "content-type": "application/json", "x-correlation-id": correlationId, ...authentication };
      const answer = await fetch(url + path, { method: "POST", headers, body: text });
      const given = await answer.text();
      const requestId = answer.status < 300 ? (JSON.parse(given) as { requestId: string }).requestId : undefined;
      return { status: answer.status, text: given, requestId };
    } catch {
      return undefined;
    }
  }

  #get(path: string, key: string): Promise<Response> {
    return this.#ask(path, { headers: { "x-api-key": key } });
  }

  /** Repeats the call until the hub responds without an overload. */
  async #ask(path: string, init: RequestInit): Promise<Response> {
    for (;;) {
      const answer = await fetch(this.#control.hub.url + path, init).catch(() => undefined);
      if (answer && answer.status !== 429 && answer.status < 500) return answer;
      await this.pause(`${path} is answered`);
    }
  }
}

/** @param now time of the hub's clock, because the hub refuses signatures that are minutes old */
function signature(body: string, secret: string, now: number): string {
  const time = Math.floor(now / 1_000);
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
}
