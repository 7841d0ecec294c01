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
