/** Pulumi type tokens of the components: what they register as, and by which a recording of the program is searched. */
export const COMPONENTS = {
  hub: "hub:index:IntegrationHub",
  flow: "hub:index:IntegrationFlow",
  step: "hub:index:ChoreographyStep",
  thirdParty: "hub:index:ThirdPartyAdapter",
  syncEndpoint: "hub:index:SyncEndpoint",
  gateway: "hub:index:Gateway",
  egress: "hub:index:EgressNetwork",
} as const;

/**
 * Diagnostics channel of the process that runs the program, by which a recording learns the module of each flow. A deployment has no listener,
 * and no resource holds the path.
 */
export const FLOW_MODULES = "hub:flow-modules";
export interface FlowModule {
  readonly flow: string;
  /** URL of its file. */
  readonly module: string;
}
