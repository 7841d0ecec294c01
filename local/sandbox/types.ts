import type { Clock } from "../../emulator/clock.ts";
import type { OperationDescription, Signature, ThirdPartyDescription } from "../../model/index.ts";
import type { RecordedAnswer } from "../../protocol/recorded-answer.ts";
import type { ThirdPartyFaultInjection } from "./fault-injection.ts";

/** A third party as its ThirdPartyAdapter component describes it. The sandbox serves the path of its `baseUrl` under `/<name>`. */
export type ThirdParty = ThirdPartyDescription;
export type ThirdPartyOperation = OperationDescription;

/** A webhook trigger of a flow, which the sandbox can call as the third party does. */
export interface Webhook {
  readonly flow: string;
  readonly trigger: string;
  /** Such as `POST /hooks/stripe`. */
  readonly route: string;
  readonly verify: Signature;
}

/** A call as the third party would make it. */
export interface SignedCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SandboxOptions {
  /** Port on 127.0.0.1; 0 takes any free port. */
  readonly port: number;
  readonly thirdParties: readonly ThirdParty[];
  readonly webhooks: readonly Webhook[];
  /** Returns the current value of a secret by its declared name, such as `erp/oauth`. Called for every request. */
  secret(name: string): Readonly<Record<string, string>> | undefined;
  /** SQLite file of calls and effects, which survive a restart. */
  readonly dataFile: string;
  /** Returns the URL of the hub's API, such as `http://127.0.0.1:4510`. Called for every webhook. */
  hubUrl(): string;
  /** Host names beside those of this machine that callers may use. @default [] */
  readonly allowedHosts?: readonly string[] | undefined;
  readonly clock: Clock;
  /** Returns a number in [0, 1) for faults with a probability. @default Math.random */
  readonly random?: () => number;
  readonly faultInjection?: ThirdPartyFaultInjection;
  /** Returns the answers that were recorded of a third party. @default none */
  recorded?(party: string): readonly RecordedAnswer[];
  /** Returns the file with the code of a flow that uses the third party. @default examples that are functions have no effect */
  codeOf?(party: string): string | undefined;
}

/**
 * - `applied`: the call had its effect.
 * - `repeated`: an earlier call with the same idempotency key had the effect, and this call got the same answer.
 * - `none`: the call only reads, or was refused.
 */
export type Effect = "applied" | "repeated" | "none";

/** A call that the sandbox received. */
export interface Call {
  readonly id: number;
  /** ISO 8601. */
  readonly time: string;
  readonly target: string;
  /** `token` for an OAuth token; `null` for an unknown path or method. */
  readonly operation: string | null;
  readonly method: string;
  /** With query string, as sent. */
  readonly path: string;
  /** Names in lower case; credentials are redacted. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, or else text; `null` when empty. */
  readonly body: unknown;
  /** `null` when the call has no answer, or none yet. */
  readonly status: number | null;
  readonly idempotencyKey: string | null;
  readonly effect: Effect;
}

/** An effect that a call had. */
export interface ListedEffect {
  readonly id: number;
  readonly target: string;
  readonly operation: string;
  readonly idempotencyKey: string | null;
  /** Correlation id of the call. */
  readonly correlationId: string | null;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body is bytes, written as base64. */
  readonly isBase64?: boolean;
}
