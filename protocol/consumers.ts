import type { Role } from "./roles.ts";

/** Name under which the authorizer's environment has the secret of consumers: consumer -> JSON of `Consumer`. */
export const CONSUMERS_SECRET = "consumers";

/** Who may call the API. `Text` is a string, or what a deployment makes one of. */
export interface Consumer<Text = string> {
  /** Its API key. */
  readonly key: Text;
  readonly tenant: string;
  /** Whether it may decide, for an authorizer of before there were roles. */
  readonly operator: boolean;
  /** What it may do with the ops API. @default `admin` for an operator, as before there were roles; otherwise nothing */
  readonly role?: Role;
  /** What tokens call it. */
  readonly clients: readonly string[];
}
