export { ChoreographyStep, type ChoreographyStepArgs } from "./choreography-step.ts";
export { type HubConfig, readConfig } from "./config.ts";
export { IntegrationFlow, type IntegrationFlowArgs } from "./integration-flow.ts";
export { IntegrationHub } from "./integration-hub.ts";
export { loadFlows } from "./load-flows.ts";
export { tagged } from "./tagged.ts";
export { ThirdPartyAdapter, type ThirdPartyAdapterArgs, type ThirdPartyDescription } from "./third-party-adapter.ts";
