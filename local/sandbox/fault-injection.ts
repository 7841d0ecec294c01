import type { Fault } from "../../protocol/faults.ts";

/** A call that the sandbox received for a third party. */
export interface ThirdPartyCall {
  readonly target: string;
  readonly operation: string;
  readonly method: string;
  /** With query string. */
  readonly path: string;
  readonly idempotencyKey: string | null;
}

/** Faults of third parties. @default no faults */
export interface ThirdPartyFaultInjection {
  /** @returns the fault of this call, which replaces the one set with `PUT /_faults`; `undefined` for none */
  readonly thirdParty?: (call: ThirdPartyCall) => Fault | undefined;
}
