import type { Clock } from "../../emulator/clock.ts";
import type { Auth, JsonSchema, Signature } from "../../model/index.ts";
import type { ThirdPartyFaultInjection } from "./fault-injection.ts";

/** A third party as its ThirdPartyAdapter component describes it. */
export interface ThirdParty {
  readonly name: string;
  /** The real one's; its path is kept below `/<name>`. */
  readonly baseUrl: string;
  /** Absolute, or a path of the host of `baseUrl`; only for OAuth 2. */
  readonly tokenUrl?: string;
  readonly auth: Auth;
  readonly operations: readonly ThirdPartyOperation[];
}
export interface ThirdPartyOperation {
  readonly name: string;
  readonly method: string;
  /** Below `baseUrl`, `:name` for a path parameter. */
  readonly path: string;
  /** JSON Schema, draft 2020-12; so are the others. */
  readonly body?: JsonSchema;
  readonly query?: JsonSchema;
  readonly returns: JsonSchema;
  readonly example?: unknown;
}

/** A webhook trigger of a flow, which the sandbox can call as the third party would. */
export interface Webhook {
  readonly flow: string;
  readonly trigger: string;
  /** Such as `POST /hooks/stripe`. */
  readonly route: string;
  readonly verify: Signature;
}

export interface SandboxOptions {
  /** Of 127.0.0.1; 0 for any free one. */
  readonly port: number;
  readonly thirdParties: readonly ThirdParty[];
  readonly webhooks: readonly Webhook[];
  /** Current value of a secret by its name in the declaration, such as `erp/oauth`; asked at every call. */
  secret(name: string): Readonly<Record<string, string>> | undefined;
  /** SQLite file for calls and effects; they survive a restart. */
  readonly dataFile: string;
  /** Where the hub's gateway listens, such as `http://127.0.0.1:4510`; asked when a webhook is sent. */
  hubUrl(): string;
  readonly clock: Clock;
  /** For faults with a probability. @default Math.random */
  readonly random?: () => number;
  readonly faultInjection?: ThirdPartyFaultInjection;
}

/**
 * What became of a call: its effect was `applied`; it was a repetition, answered as the first time; or it had `none` (it only
 * reads, or it was refused).
 */
export type Effect = "applied" | "repeated" | "none";

/** A call that the sandbox received. */
export interface Call {
  readonly id: number;
  /** ISO 8601. */
  readonly time: string;
  readonly target: string;
  /** `token` for an OAuth token; `null` for a path or method that the third party does not offer. */
  readonly operation: string | null;
  readonly method: string;
  /** With query string, as sent. */
  readonly path: string;
  /** Names in lower case; credentials are left out. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON where it is JSON, else text; `null` when empty. */
  readonly body: unknown;
  /** `null` while, or because, the call has not been answered. */
  readonly status: number | null;
  readonly idempotencyKey: string | null;
  readonly effect: Effect;
}

/** Something that a third party has done, once. */
export interface PlayedEffect {
  readonly id: number;
  readonly target: string;
  readonly operation: string;
  readonly idempotencyKey: string | null;
  /** Of the call that did it. */
  readonly correlationId: string | null;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
