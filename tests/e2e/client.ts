import { hasEnded } from "../../model/ledger/request-status.ts";

/**
 * Polls until `ask` returns something other than `undefined`, less often the longer it takes: each question costs the hub under test a call.
 * @throws Error after `withinMs`
 */
export async function eventually<T>(
  what: string | (() => string),
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs = 180_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (let pause = 10; ; pause = Math.min(100, pause * 1.25)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${typeof what === "string" ? what : what()}`);
    await new Promise((next) => setTimeout(next, pause));
  }
}

interface StepStatus {
  readonly progress?: { readonly came: number; readonly of: number };
  readonly step: string;
  readonly status: string;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly error?: { readonly code: string; readonly message: string };
  readonly compensation?: { readonly status: string; readonly attempts: number };
}
export interface RequestStatus {
  readonly requestId: string;
  readonly correlationId: string;
  readonly flow: string;
  readonly status: string;
  readonly steps: readonly StepStatus[];
  readonly events: readonly {
    readonly name: string;
    readonly eventId: string;
    readonly step: string;
    readonly occurredAt: string;
  }[];
}
export interface SandboxCall {
  /** By the hub's clock, ISO 8601. */
  readonly time: string;
  readonly target: string;
  readonly operation: string | null;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number | null;
  readonly effect: string;
}

/** A hub as its callers see it: over HTTP only. */
export class Client {
  /** Request id -> what it was when it had ended, of those that a test has waited for. */
  readonly ended = new Map<string, RequestStatus>();
  readonly url: string;
  readonly sandboxUrl: string;
  readonly apiKey: string;

  constructor({ url, sandboxUrl, apiKey }: { readonly url: string; readonly sandboxUrl: string; readonly apiKey: string }) {
    this.url = url;
    this.sandboxUrl = sandboxUrl;
    this.apiKey = apiKey;
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: "POST",
      headers: { "x-api-key": this.apiKey, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  get(path: string): Promise<Response> {
    return fetch(this.url + path, { headers: { "x-api-key": this.apiKey } });
  }

  /** Places an order. @returns the request id */
  async order(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const answer = await this.post("/orders", body, headers);
    if (answer.status !== 202) throw new Error(`POST /orders answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { requestId: string }).requestId;
  }

  async request(requestId: string): Promise<RequestStatus | undefined> {
    const answer = await this.get(`/requests/${requestId}`);
    return answer.status === 200 ? ((await answer.json()) as RequestStatus) : undefined;
  }

  /** Waits until the request has this status. */
  reaches(requestId: string, status: string, withinMs?: number): Promise<RequestStatus> {
    return eventually(
      `request ${requestId} is ${status}`,
      async () => {
        const found = await this.request(requestId);
        if (found?.status !== status) return undefined;
        if (hasEnded(status)) this.ended.set(requestId, found);
        return found;
      },
      withinMs,
    );
  }

  async calls(query = ""): Promise<readonly SandboxCall[]> {
    return (await (await fetch(`${this.sandboxUrl}/_calls${query}`)).json()) as SandboxCall[];
  }

  async fault(fault: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(`${this.sandboxUrl}/_faults`, { method: "PUT", body: JSON.stringify(fault) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** Makes the sandbox send a signed webhook. */
  webhook(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.sandboxUrl}/_webhooks/payment-notifications/stripe`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
  }
}
