import type { AuditState } from "../../../protocol/audit.ts";
import type { Operator } from "../../http/request.ts";
import type { ProxyEvent, ProxyResponse } from "../../lambda.ts";

/** What came of a change, for its answer and for the audit trail. */
export interface Outcome {
  readonly response: ProxyResponse;
  /** @default "done" */
  readonly state?: Exclude<AuditState, "begun">;
  /** Such as `redriven 3, refused 1: it is already redriven`. */
  readonly outcome: string;
}

/** A change that was checked and has not begun. */
export interface Plan {
  /** What it is done to, as the audit trail shows it: ids, names and times, and no payload. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly why: string;
  act(operator: Operator): Promise<Outcome>;
}

/** A call that changes nothing. */
type Reading = (event: ProxyEvent, operator: Operator) => Promise<ProxyResponse>;
/**
 * Checks a call, and changes nothing itself: what it returns is done once the audit trail has it.
 * @param caller with `tenant` where it has no role and may act on requests of this tenant alone
 * @throws HttpProblem
 */
type Change = (event: ProxyEvent, caller: Operator & { readonly tenant?: string }) => Plan | Promise<Plan>;

/** One operation of the ops API. */
export type Operation = { readonly read: Reading } | { readonly change: Change };
