import type { CountedResource } from "../../policy/quotas.ts";

/** What is deployed, and where. */
export interface Stack {
  readonly project: string;
  readonly stack: string;
  readonly resources: readonly CountedResource[];
  /** Settings of the stack by their names without `hub:`. */
  readonly settings: Readonly<Record<string, unknown>>;
}
