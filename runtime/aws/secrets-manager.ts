import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SecretStore } from "../ports/secret-store.ts";
import { clientOptions } from "./client-options.ts";

export function secretsManager(client = new SecretsManagerClient(clientOptions)): SecretStore {
  return {
    async read(arn) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
      if (SecretString === undefined) throw new Error("the secret is binary. Store it as text.");
      return SecretString;
    },
  };
}
