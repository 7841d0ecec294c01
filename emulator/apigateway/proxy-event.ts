import type { Exchange } from "./exchange.ts";
import type { RestApiDefinition } from "./types.ts";

/** The event of a Lambda proxy integration, payload version 1.0. https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html */
export function proxyEvent(exchange: Exchange, definition: RestApiDefinition, binaryMediaTypes: readonly string[]) {
  const { body } = exchange.request;
  const binary = isBinary(exchange.header("content-type"), binaryMediaTypes);
  return {
    ...requestEvent(exchange, definition),
    body: body.length === 0 ? null : body.toString(binary ? "base64" : "utf8"),
    isBase64Encoded: binary && body.length > 0,
  };
}

/** The event of a REQUEST authorizer. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html */
export const authorizerEvent = (exchange: Exchange, definition: RestApiDefinition, methodArn: string) => ({
  type: "REQUEST",
  methodArn,
  ...requestEvent(exchange, definition),
});

function requestEvent(exchange: Exchange, { stage, accountId, id }: RestApiDefinition) {
  const { request, headers, match, startedAt } = exchange;
  const query = [...new URLSearchParams(request.query)];
  const variable = (path: string) => exchange.variable(path) ?? null;
  const authorizer = exchange.context.get("authorizer");
  return {
    resource: match?.method.resource,
    path: match?.path,
    httpMethod: request.method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: grouped(headers),
    queryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
    multiValueQueryStringParameters: query.length > 0 ? grouped(query) : null,
    pathParameters: Object.keys(match?.pathParameters ?? {}).length > 0 ? match?.pathParameters : null,
    stageVariables: stage.variables && Object.keys(stage.variables).length > 0 ? stage.variables : null,
    requestContext: {
      accountId,
      apiId: id,
      ...(authorizer instanceof Map && { authorizer: Object.fromEntries(authorizer) }),
      domainName: variable("domainName"),
      domainPrefix: variable("domainPrefix"),
      deploymentId: variable("deploymentId"),
      extendedRequestId: exchange.extendedRequestId,
      httpMethod: request.method,
      identity: {
        ...{
          accessKey: null,
          accountId: null,
          caller: null,
          cognitoAuthenticationProvider: null,
          cognitoAuthenticationType: null,
        },
        ...{ cognitoIdentityId: null, cognitoIdentityPoolId: null, principalOrgId: null, user: null, userArn: null },
        // Present only for methods that require an API key.
        ...(match?.method.apiKeyRequired && { apiKey: variable("identity.apiKey"), apiKeyId: variable("identity.apiKeyId") }),
        sourceIp: request.sourceIp,
        userAgent: variable("identity.userAgent"),
      },
      path: variable("path"),
      protocol: "HTTP/1.1",
      requestId: exchange.requestId,
      requestTime: variable("requestTime"),
      requestTimeEpoch: startedAt,
      resourceId: variable("resourceId"),
      resourcePath: match?.method.resource,
      stage: stage.name,
    },
  };
}

function grouped(entries: readonly (readonly [string, string])[]): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, value] of entries) found.set(name, [...(found.get(name) ?? []), value]);
  return Object.fromEntries(found);
}

/** Whether a content type, or the first of an Accept header, is one of the API's binary media types. */
export const isBinary = (type: string | undefined, binaryMediaTypes: readonly string[]) => {
  const plain = type?.split(/[,;]/)[0]?.trim().toLowerCase();
  return binaryMediaTypes.some((known) => known === "*/*" || known.toLowerCase() === plain);
};
