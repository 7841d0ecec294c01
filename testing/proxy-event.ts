import { partsOf } from "../protocol/routes.ts";
import type { ProxyEvent } from "../runtime/lambda.ts";

/** A call of a route as the gateway hands it to a function, by a caller who is an operator as well. @param requestId @default "test" */
export function proxyEvent(
  route: string,
  tenant: string,
  { requestId = "test", ...more }: Partial<ProxyEvent> & { readonly requestId?: string },
): ProxyEvent {
  const { method, path } = partsOf(route);
  return {
    httpMethod: method,
    resource: path,
    headers: {},
    pathParameters: null,
    queryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      requestId,
      domainName: "hub.test",
      stage: "test",
      authorizer: { tenant, consumer: "test", operator: "true" },
    },
    ...more,
  };
}
