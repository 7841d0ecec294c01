/** Name under which the authorizer's environment has the secret of consumers: consumer -> JSON of `Consumer`. */
export const CONSUMERS_SECRET = "consumers";

/** Who may call the API. `Text` is a string, or what a deployment makes one of. */
export interface Consumer<Text = string> {
  /** Its API key. */
  readonly key: Text;
  readonly tenant: string;
  readonly operator: boolean;
  /** What tokens call it. */
  readonly clients: readonly string[];
}
