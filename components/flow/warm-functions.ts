import type { Flow, SyncTrigger } from "../../model/index.ts";
import type { HubConfig } from "../config/config.ts";

/** Provisioned concurrency of each synchronous endpoint that has some on this stack. */
export const warmEndpoints = (flows: readonly Flow[], { provisionedConcurrency }: HubConfig) =>
  flows
    .flatMap(({ triggers }) => Object.values(triggers))
    .filter((trigger): trigger is SyncTrigger => trigger.kind === "sync")
    .flatMap((trigger) => (provisionedConcurrency && trigger.provisionedConcurrency) || []);

/** Provisioned concurrency of the authorizer, 0 for none: a warm endpoint behind a cold authorizer is not warm. */
export const warmAuthorizers = (flows: readonly Flow[], config: HubConfig): number =>
  Math.max(0, ...warmEndpoints(flows, config).map(({ min }) => min));
