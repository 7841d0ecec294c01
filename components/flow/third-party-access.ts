import type { AnyAdapter } from "../../model/index.ts";
import type { EgressNetwork } from "../hub/egress-network.ts";
import type { IntegrationHub } from "../hub/integration-hub.ts";
import type { Statement } from "../parts/policy-document.ts";
import { readSecrets } from "../parts/statements.ts";
import type { ThirdPartyAdapter } from "./third-party-adapter.ts";

/** Each third party once, by name, however often it is named. */
export const thirdPartiesOf = (
  hub: IntegrationHub,
  uses: Readonly<Record<string, AnyAdapter>> = {},
): readonly ThirdPartyAdapter[] =>
  [...new Map(Object.values(uses).map((adapter) => [adapter.name, adapter])).values()].map((adapter) => hub.thirdParty(adapter));

/** The network of a function that uses a third party which lists its callers' addresses. */
export function networkFor(hub: IntegrationHub, uses: Readonly<Record<string, AnyAdapter>> = {}): EgressNetwork | undefined {
  const listing = Object.values(uses).find(({ egress }) => egress === "fixed");
  return listing && hub.egressFor(listing);
}

/** What a function has to know to call these third parties. */
export const thirdPartyEnvironment = (hub: IntegrationHub, thirdParties: readonly ThirdPartyAdapter[]) => ({
  ...(thirdParties.length > 0 && {
    HUB_SECRETS: hub.secretArns(thirdParties.flatMap(({ adapter: { auth } }) => (auth.kind === "none" ? [] : [auth.secret]))),
    HUB_THIRD_PARTIES: JSON.stringify(
      Object.fromEntries(
        thirdParties.map(({ description: { name, baseUrl, tokenUrl } }) => [
          name,
          { baseUrl, ...(tokenUrl !== undefined && { tokenUrl }) },
        ]),
      ),
    ),
  }),
});

/** Partitions of the state table where their rate limits and circuit breakers are. */
export const thirdPartyPartitions = (thirdParties: readonly ThirdPartyAdapter[]): readonly string[] =>
  thirdParties.map(({ adapter }) => `third-party#${adapter.name}`);

/** Lets read their secrets. */
export function thirdPartySecrets(thirdParties: readonly ThirdPartyAdapter[]): readonly Statement[] {
  const secrets = [...new Set(thirdParties.flatMap(({ secret }) => (secret ? [secret] : [])))];
  return secrets.length > 0 ? [readSecrets(secrets.map(({ arn }) => arn))] : [];
}
