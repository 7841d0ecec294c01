import { createHmac } from "node:crypto";
import { UserError } from "../../emulator/user-error.ts";
import { apiDefinition, apiParts } from "./api-definition.ts";
import type { Kinds, Simulation } from "./kind.ts";
import { arnOf, idIsName, type NamedResource, shortId } from "./outputs.ts";

/** The stage makes the API of all its parts. */
const partOfStage: Simulation = { put: () => {} };

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html */
const apiArn = ({ partition, region }: NamedResource, path: string) => `arn:${partition}:apigateway:${region}::/${path}`;

/** The same in each recording with this seed, so that a restart of the hub changes no key. */
const apiKey = ({ urn, keySeed = "" }: NamedResource) => createHmac("sha256", keySeed).update(urn).digest("hex").slice(0, 40);

export const apigateway: Kinds = {
  "aws:apigateway/restApi:RestApi": {
    outputs(resource) {
      const id = shortId(resource.urn);
      return {
        id,
        arn: apiArn(resource, `restapis/${id}`),
        rootResourceId: shortId(`${resource.urn}/`),
        executionArn: arnOf(resource, "execute-api", id),
      };
    },
    simulate: partOfStage,
  },

  "aws:apigateway/methodSettings:MethodSettings": { nameKey: null, outputs: idIsName, simulate: partOfStage },

  "aws:apigateway/usagePlan:UsagePlan": {
    outputs(resource) {
      const id = shortId(resource.urn, 6);
      return { id, arn: apiArn(resource, `usageplans/${id}`) };
    },
    simulate: partOfStage,
  },

  "aws:apigateway/usagePlanKey:UsagePlanKey": {
    nameKey: null,
    outputs: ({ inputs }) => ({ id: String(inputs.keyId) }),
    simulate: partOfStage,
  },

  "aws:apigateway/apiKey:ApiKey": {
    outputs(resource) {
      const id = shortId(resource.urn);
      return {
        id,
        arn: apiArn(resource, `apikeys/${id}`),
        value: resource.inputs.value ?? apiKey(resource),
      };
    },
    simulate: partOfStage,
  },

  "aws:apigateway/stage:Stage": {
    nameKey: "stageName",
    outputs(resource) {
      const api = String(resource.inputs.restApi);
      const name = String(resource.inputs.stageName);
      return {
        id: `ags-${api}-${name}`,
        arn: apiArn(resource, `restapis/${api}/stages/${name}`),
        invokeUrl: `https://${api}.execute-api.${resource.region}.amazonaws.com/${name}`,
        executionArn: `${arnOf(resource, "execute-api", api)}/${name}`,
      };
    },
    simulate: {
      parts: (_, index) => apiParts(index),
      put(resource, { gateway }, index) {
        if (index.all(resource.type).length > 1)
          throw new UserError(
            `The program declares more than one API stage, but one port serves one stage. Leave ${resource.name} out.`,
          );
        gateway.serve(apiDefinition(resource, index));
      },
    },
  },

  "aws:apigateway/account:Account": {
    nameKey: null,
    outputs: idIsName,
    noEffect: "the access log is a file here, which needs no role",
  },

  "aws:apigateway/deployment:Deployment": {
    nameKey: null,
    outputs: ({ urn }) => ({ id: shortId(urn, 6) }),
    noEffect: "the stage always serves the current API",
  },

  "aws:apigateway/basePathMapping:BasePathMapping": {
    nameKey: null,
    outputs: idIsName,
    noEffect: "the API listens on 127.0.0.1, with and without the name of its stage",
  },

  "aws:apigateway/domainName:DomainName": {
    nameKey: "domainName",
    outputs: (resource) => ({
      id: resource.physicalName,
      arn: apiArn(resource, `domainnames/${resource.physicalName}`),
      regionalDomainName: `d-${shortId(resource.urn)}.execute-api.${resource.region}.amazonaws.com`,
      regionalZoneId: `Z${shortId(resource.urn, 13).toUpperCase()}`,
    }),
    noEffect: "the API listens on 127.0.0.1, without a domain name and without TLS",
  },
};
