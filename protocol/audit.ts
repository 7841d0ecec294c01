import type { Role } from "./roles.ts";
import type { OpsOperation } from "./routes.ts";

/** `begun`: no outcome is recorded, since the function ended before; the change may have taken effect, wholly or in part. */
export type AuditState = "begun" | "done" | "refused" | "failed";

/** What an operator did. Secrets and personal data are masked. */
export interface AuditEntry {
  readonly id: string;
  /** ISO 8601 */
  readonly at: string;
  /** The consumer. */
  readonly by: string;
  /** `tenant`: the caller whose request it is, without a role. */
  readonly role: Role | "tenant";
  /** The person or program that the token was issued for; `""` for an API key. */
  readonly subject: string;
  readonly verb: OpsOperation;
  /** What it was done to. */
  readonly about: Readonly<Record<string, unknown>>;
  /** `""` where the operator gave no reason. */
  readonly why: string;
  readonly state: AuditState;
  /** `""` while the state is `begun`. */
  readonly outcome: string;
  /** ISO 8601; `""` while the state is `begun`. */
  readonly endedAt: string;
}

/** Answer of `GET /ops/audit`. */
export interface AuditPage {
  /** The newest first. */
  readonly entries: readonly AuditEntry[];
  readonly more: boolean;
  /** Where there is more, the `to` of the next page. */
  readonly next?: string;
}
