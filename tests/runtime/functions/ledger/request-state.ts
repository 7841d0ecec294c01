import type { StepState } from "../../../../model/index.ts";
import { serveStatus } from "../../../../runtime/functions/status/serve-status.ts";
import type { ProxyEvent, ProxyResponse } from "../../../../runtime/lambda.ts";
import { context, type FakeDependencies } from "../../fakes/dependencies.ts";

interface Shown {
  readonly status: string;
  readonly steps: readonly StepState[];
  readonly events: readonly { readonly name: string; readonly eventId: string; readonly step: string }[];
  readonly eventCounts?: Readonly<Record<string, number>>;
}

/** A request as a caller of the tenant `key-1` sees it. */
export async function stateOf({ services }: FakeDependencies, requestId: string): Promise<Shown> {
  const event: ProxyEvent = {
    headers: {},
    pathParameters: { requestId },
    queryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: { requestId: "gw-1", domainName: "d", stage: "s", authorizer: { tenant: "key-1" } },
  };
  const { body } = (await serveStatus(() => services)(event, context())) as ProxyResponse;
  return JSON.parse(body) as Shown;
}
