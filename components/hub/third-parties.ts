import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AnyAdapter, adaptersOf, DeclarationError, type Flow, isConnection, secretsOfAdapter } from "../../model/index.ts";
import type { Foundation, HubCore } from "../core/hub-core.ts";
import { secretsOf } from "../flow/flow-problems.ts";
import type { ChildOptions } from "../parts/customise.ts";
import type { Network } from "../parts/lambda-function.ts";
import { EgressNetwork, zonesOf } from "../third-party/egress-network.ts";
import { ThirdPartyAdapter } from "../third-party/third-party-adapter.ts";
import type { Existing } from "./existing.ts";
import { thirdPartyAlarms } from "./hub-alarms.ts";

interface ThirdPartiesArgs {
  readonly foundation: Foundation;
  readonly flows: readonly Flow[];
  readonly vpc: Existing["vpc"];
}

interface ThirdParties extends Pick<HubCore, "secrets" | "thirdParties"> {
  /** Fixed addresses of the hub's own network. */
  readonly addresses: pulumi.Output<string[]> | undefined;
}

/**
 * The third parties of all flows, with the secrets and the network that they need; each once, however many flows use it.
 * @throws DeclarationError when a third party expects fixed addresses and the stack configures none
 */
export function createThirdParties(
  name: string,
  { foundation, flows, vpc }: ThirdPartiesArgs,
  options: ChildOptions,
): ThirdParties {
  const { config, topic, table } = foundation;
  const adapters = new Map(flows.flatMap((flow) => adaptersOf(flow)).map((adapter) => [adapter.name, adapter]));
  const fixed = [...adapters.values()].filter(({ egress }) => egress === "fixed");
  const own = fixed.length > 0 && !vpc ? egressNetwork(`${name}-egress`, fixed, foundation, options) : undefined;
  const network: Network | undefined = vpc ? { subnetIds: [...vpc.subnetIds], securityGroupIds: [...vpc.securityGroupIds] } : own;
  const declared = [...new Set(flows.flatMap(secretsOf))];
  const secrets = Object.fromEntries(
    declared.map((secret) => [secret, createSecret(name, { declared: secret, config }, options)]),
  );
  const thirdParties = [...adapters.values()].map((adapter) => {
    const args = {
      adapter,
      config: config.thirdParties[adapter.name],
      secrets: Object.fromEntries(
        [...secretsOfAdapter(adapter).keys()].map((declared) => [declared, secrets[declared] as aws.secretsmanager.Secret]),
      ),
      network: adapter.egress === "fixed" ? network : undefined,
    };
    if (!isConnection(adapter)) thirdPartyAlarms(`${name}-${adapter.name}`, { topic, table, thirdParty: adapter.name }, options);
    return [adapter.name, new ThirdPartyAdapter(`${name}-${adapter.name}`, args, { parent: options.parent })] as const;
  });
  return { secrets, thirdParties: Object.fromEntries(thirdParties), addresses: own?.addresses };
}

/** @returns `undefined` where the stack does without fixed addresses */
function egressNetwork(
  name: string,
  adapters: readonly AnyAdapter[],
  { config: { egress, tags }, bus }: Foundation,
  { parent }: ChildOptions,
): EgressNetwork | undefined {
  if (!egress)
    throw new DeclarationError([
      {
        code: "ADAPTER",
        where: `adapter ${adapters[0]?.name}`,
        fact: "it needs a fixed egress address, but this stack configures none",
        remedy: `Set hub:egress in Pulumi.${pulumi.getStack()}.yaml: { addresses: 2 }, or 0 where this stack does without`,
      },
    ]);
  const { addresses, zones } = egress;
  if (zones && zones.length < zonesOf(addresses))
    throw new DeclarationError([
      {
        code: "RANGE",
        where: "hub:egress.zones",
        fact: `${zones.length} zones for ${addresses} addresses, and each has a zone of its own`,
        remedy: `Name ${zonesOf(addresses)} zones, or leave them out`,
      },
    ]);
  return addresses === 0
    ? undefined
    : new EgressNetwork(name, { addresses, ports: portsOf(adapters), zones, anyArn: bus.arn, tags }, { parent });
}

/** Ports of connections, with the names of these. */
function portsOf(adapters: readonly AnyAdapter[]): ReadonlyMap<number, string> {
  const ports = new Map<number, string>();
  for (const { name, auth } of adapters)
    if (auth.kind === "connection" && auth.port !== undefined)
      ports.set(auth.port, [ports.get(auth.port), name].filter((part) => part !== undefined).join(", "));
  return ports;
}

interface SecretArgs {
  /** The secret's name in the declaration. */
  readonly declared: string;
  readonly config: Foundation["config"];
}

/** Created empty, for its owner to fill, unless the stack's settings hold its value. */
function createSecret(name: string, { declared, config }: SecretArgs, options: ChildOptions): aws.secretsmanager.Secret {
  const { protect } = config;
  const secret = new aws.secretsmanager.Secret(
    `${name}-${declared}`,
    // Without protection its name is free again at once; with it, the secret can be restored for 30 days.
    { name: `${pulumi.getProject()}/${pulumi.getStack()}/${declared}`, recoveryWindowInDays: protect ? 30 : 0 },
    { ...options, protect },
  );
  const value = config.secrets[declared];
  if (value)
    new aws.secretsmanager.SecretVersion(
      `${name}-${declared}-value`,
      { secretId: secret.id, secretString: pulumi.secret(JSON.stringify(value)) },
      // A value that its owner has stored since is the current one: this version goes stale, and is not deleted.
      { ...options, retainOnDelete: true },
    );
  return secret;
}
