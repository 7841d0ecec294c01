export { type HubConfig, readConfig } from "./config/config.ts";
export { type FlowEntry, flowWith } from "./core/flow-entry.ts";
export type { ChoreographyStep, ChoreographyStepArgs } from "./flow/choreography-step.ts";
export { IntegrationFlow, type IntegrationFlowArgs } from "./flow/integration-flow.ts";
export { loadFlows } from "./flow/load-flows.ts";
export type { Existing } from "./hub/existing.ts";
export { IntegrationHub, type IntegrationHubArgs } from "./hub/integration-hub.ts";
export type { Kind, Transform, Where } from "./parts/customise.ts";
export type { ThirdPartyAdapter, ThirdPartyAdapterArgs } from "./third-party/third-party-adapter.ts";
