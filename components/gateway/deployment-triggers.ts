import { createHash } from "node:crypto";
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** Inputs of the API that a deployment does not copy, or that replace the API. */
type Elsewhere = "body" | "tags" | "region";

/**
 * A deployment is a copy of the API: it has to be a new one whenever the API is, also by what its OpenAPI body does not hold. The values
 * are those of the resource, so what a transformation of the stack sets counts too.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html
 */
export function deploymentTriggers(api: aws.apigateway.RestApi) {
  const settings: Required<{ [Name in Exclude<keyof aws.apigateway.RestApiArgs, Elsewhere>]: pulumi.Output<unknown> }> = {
    name: api.name,
    description: api.description,
    apiKeySource: api.apiKeySource,
    binaryMediaTypes: api.binaryMediaTypes,
    disableExecuteApiEndpoint: api.disableExecuteApiEndpoint,
    endpointAccessMode: api.endpointAccessMode,
    endpointConfiguration: api.endpointConfiguration,
    failOnWarnings: api.failOnWarnings,
    minimumCompressionSize: api.minimumCompressionSize,
    parameters: api.parameters,
    policy: api.policy,
    putRestApiMode: api.putRestApiMode,
    securityPolicy: api.securityPolicy,
  };
  return pulumi
    .all([api.body, pulumi.all(settings)])
    .apply(([body, values]) => ({ body: hash(body ?? ""), settings: hash(JSON.stringify(values, sorted)) }));
}

const hash = (text: string) => createHash("sha256").update(text).digest("hex");

/** The engine gives the keys of objects in any order. */
const sorted = (_: string, value: unknown) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
