export { type HubConfig, readConfig } from "./config/config.ts";
export { ChoreographyStep, type ChoreographyStepArgs } from "./flow/choreography-step.ts";
export { IntegrationFlow, type IntegrationFlowArgs } from "./flow/integration-flow.ts";
export { loadFlows } from "./flow/load-flows.ts";
export { ThirdPartyAdapter, type ThirdPartyAdapterArgs, type ThirdPartyDescription } from "./flow/third-party-adapter.ts";
export { IntegrationHub } from "./hub/integration-hub.ts";
export { tagged } from "./parts/tagged.ts";
