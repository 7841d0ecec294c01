import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import type { StackOutputs } from "./outputs.ts";
import type { Deployments, SandboxOutputs } from "./routed.ts";

interface PulumiArgs {
  /** Folder of the hub's program. */
  readonly root: string;
  readonly stack: string;
  readonly region: string;
  readonly print: (line: string) => void;
}
type Outputs = StackOutputs & { readonly alarmTopicArn?: string };

/** Deployments by the Pulumi CLI, with the backend and the credentials of the shell. */
export interface PulumiDeployments extends Deployments {
  /** Outputs of the hub's stack, secrets included. */
  outputs(): Promise<Outputs>;
}

/** @throws Error when the stack does not exist, or the CLI is missing */
export async function pulumiDeployments({ root, stack: stackName, region, print }: PulumiArgs): Promise<PulumiDeployments> {
  const hub = await LocalWorkspace.selectStack({ stackName, workDir: root });
  const settings = join(root, `Pulumi.${stackName}.yaml`);
  const copy = join(mkdtempSync(join(tmpdir(), "hub-smoke-")), "settings.yaml");
  copyFileSync(settings, copy);
  let sandbox: Stack | undefined;
  return {
    outputs: async () =>
      Object.fromEntries(Object.entries(await hub.outputs()).map(([name, { value }]) => [name, value as unknown])) as Outputs,
    async deploySandbox(parties) {
      print("deploying the sandbox …");
      const workDir = join(import.meta.dirname, "sandbox");
      sandbox = await LocalWorkspace.createOrSelectStack({ stackName, workDir });
      await sandbox.setConfig("aws:region", { value: region });
      await sandbox.setConfig("sandbox:parties", { value: JSON.stringify(parties) });
      const { outputs } = await sandbox.up();
      return {
        sandboxUrl: String(outputs.sandboxUrl?.value),
        probeUrl: String(outputs.probeUrl?.value),
      } satisfies SandboxOutputs;
    },
    async route(addresses) {
      print(`routing ${Object.keys(addresses).join(", ")} to the sandbox …`);
      for (const [party, urls] of Object.entries(addresses))
        for (const [name, value] of Object.entries(urls))
          await hub.setConfig(`hub:thirdParties["${party}"].${name}`, { value: String(value) }, true);
      await hub.up();
    },
    async restore() {
      print("restoring the stack …");
      copyFileSync(copy, settings);
      await hub.up();
    },
    async removeSandbox() {
      print("removing the sandbox …");
      await sandbox?.destroy();
      await sandbox?.workspace.removeStack(stackName);
      const file = join(import.meta.dirname, "sandbox", `Pulumi.${stackName}.yaml`);
      if (existsSync(file)) rmSync(file);
      rmSync(join(copy, ".."), { recursive: true, force: true });
    },
  };
}

/**
 * Gives a random value to each secret that has none, for the sandbox takes any.
 * @param secrets physical name -> keys of its value
 * @returns names of the secrets that got one
 */
export async function fillSecrets(
  region: string,
  secrets: Readonly<Record<string, readonly string[]>>,
): Promise<readonly string[]> {
  const client = new SecretsManagerClient({ region });
  const filled: string[] = [];
  for (const [SecretId, keys] of Object.entries(secrets)) {
    const has = await client.send(new GetSecretValueCommand({ SecretId })).then(
      () => true,
      (error: Error) => {
        // A secret without a value is "not found", as one that does not exist.
        if (error.name === "ResourceNotFoundException") return false;
        throw error;
      },
    );
    if (has) continue;
    const value = Object.fromEntries(keys.map((key) => [key, randomBytes(24).toString("base64url")]));
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(value) }));
    filled.push(SecretId);
  }
  return filled;
}
