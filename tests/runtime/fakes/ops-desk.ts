import { expect } from "chai";
import type { Role } from "../../../protocol/roles.ts";
import { OPS_ROUTES, type OpsOperation, partsOf } from "../../../protocol/routes.ts";
import { serveOps } from "../../../runtime/functions/ops/serve-ops.ts";
import type { ProxyResponse } from "../../../runtime/lambda.ts";
import type { QueueDepths, Replays } from "../../../runtime/ports.ts";
import type { Services } from "../../../runtime/services.ts";
import { context } from "./dependencies.ts";

export interface Asked {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly by?: string;
  readonly role?: Role | undefined;
  readonly subject?: string;
  readonly tenant?: string;
  /** False for a caller without a role. @default true */
  readonly operator?: boolean;
}

/** The ops API on these services, as the gateway calls it. */
export function opsDesk(
  services: Services<never> | object,
  replays: () => Replays = () => expect.fail("no replays"),
  depths: () => QueueDepths = () => expect.fail("no queues"),
) {
  const handle = serveOps(() => services as never, replays, depths);
  return async (
    verb: OpsOperation,
    { path = {}, query, body, by = "ana", subject, tenant, operator = true, ...asked }: Asked = {},
  ) => {
    const role = "role" in asked ? asked.role : "admin";
    const { method, path: resource } = partsOf(OPS_ROUTES[verb]);
    const response = (await handle(
      {
        httpMethod: method,
        resource,
        headers: {},
        pathParameters: path,
        queryStringParameters: query ?? null,
        body: body === undefined ? null : JSON.stringify(body),
        isBase64Encoded: false,
        requestContext: {
          ...{ requestId: "r", domainName: "d", stage: "s" },
          authorizer: {
            ...{ consumer: by, operator: String(operator) },
            ...(role && { role }),
            ...(subject !== undefined && { subject }),
            ...(tenant !== undefined && { tenant }),
          },
        },
      },
      context(),
    )) as ProxyResponse;
    return { status: response.statusCode, body: JSON.parse(String(response.body)) as Record<string, never> };
  };
}
