import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { DomainConfig } from "../config/perimeter.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { TLS } from "./tls.ts";

interface CustomDomainArgs {
  readonly domain: DomainConfig;
  readonly api: aws.apigateway.RestApi;
  readonly stage: aws.apigateway.Stage;
}

/**
 * Serves the stage at the root of a domain of the hub's own.
 * @returns target for the domain's CNAME or alias record
 */
export function customDomain(
  name: string,
  { domain, api, stage }: CustomDomainArgs,
  options: ChildOptions,
): pulumi.Output<string> {
  const made = new aws.apigateway.DomainName(
    name,
    {
      domainName: domain.name,
      regionalCertificateArn: domain.certificateArn,
      endpointConfiguration: { types: "REGIONAL" },
      ...TLS,
    },
    options,
  );
  new aws.apigateway.BasePathMapping(
    `${name}-mapping`,
    { restApi: api.id, stageName: stage.stageName, domainName: made.domainName },
    options,
  );
  if (domain.hostedZoneId !== undefined)
    new aws.route53.Record(
      `${name}-record`,
      {
        zoneId: domain.hostedZoneId,
        name: domain.name,
        type: "A",
        aliases: [{ name: made.regionalDomainName, zoneId: made.regionalZoneId, evaluateTargetHealth: false }],
      },
      options,
    );
  return made.regionalDomainName;
}
