/** Where secrets are kept. */
export interface SecretStore {
  /** @returns the secret's text. */
  read(arn: string): Promise<string>;
}
