import type * as pulumi from "@pulumi/pulumi";
import { type AnyAdapter, isConnection } from "../../model/index.ts";
import type { EnvironmentValues } from "../../protocol/environment.ts";
import { breakerKey } from "../../protocol/table.ts";
import type { Network } from "../parts/lambda-function.ts";
import type { Statement } from "../parts/policy-document.ts";
import { readSecrets } from "../parts/statements.ts";
import type { ThirdPartyAdapter } from "./third-party-adapter.ts";

/** What a function needs to call its third parties. */
export interface ThirdPartyAccess {
  readonly environment: Pick<EnvironmentValues<"step", pulumi.Input<string>>, "secrets" | "thirdParties">;
  /** Partitions of the state table that hold their rate limits and circuit breakers. */
  readonly partitions: readonly string[];
  /** Allow reading their secrets. */
  readonly statements: readonly Statement[];
  /** Present when a third party expects calls from fixed addresses. */
  readonly network: Network | undefined;
}

/**
 * @param known the hub's third parties by the adapter's name
 * @throws RangeError when the hub has no such third party
 */
export function thirdPartyAccess(
  known: Readonly<Record<string, ThirdPartyAdapter>>,
  uses: Readonly<Record<string, AnyAdapter>> = {},
): ThirdPartyAccess {
  // Each once by name, however often a step names it.
  const used = [...new Set(Object.values(uses).map(({ name }) => name))].map((name) => known[name] ?? refuse(name));
  const called = used.filter(({ adapter }) => !isConnection(adapter));
  const secrets = new Map(used.flatMap(({ secrets }) => Object.entries(secrets)));
  return {
    environment: used.length > 0 ? environmentOf(called, secrets) : {},
    partitions: called.map(({ adapter }) => breakerKey(adapter.name).pk),
    statements: secrets.size > 0 ? [readSecrets([...secrets.values()].map(({ arn }) => arn))] : [],
    network: used.find(({ network }) => network !== undefined)?.network,
  };
}

const environmentOf = (
  used: readonly ThirdPartyAdapter[],
  secrets: ReadonlyMap<string, { readonly arn: pulumi.Output<string> }>,
) => ({
  secrets: Object.fromEntries([...secrets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { arn }]) => [name, arn])),
  thirdParties: Object.fromEntries(
    used.map(({ description: { name, baseUrl, tokenUrl } }) => [name, { baseUrl, ...(tokenUrl !== undefined && { tokenUrl }) }]),
  ),
});

function refuse(name: string): never {
  throw new RangeError(`the hub has no third party ${name}. List the flow that uses it in the hub's \`flows\`.`);
}
