import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OPS_ROUTES, type OpsOperation, partsOf, pathNames, STATUS_ROUTES } from "../../protocol/routes.ts";
import { serveStatus } from "../../runtime/functions/status/serve-status.ts";
import type { ProxyResponse } from "../../runtime/lambda.ts";
import { context, type FakeDependencies } from "../runtime/fakes/dependencies.ts";
import { opsDesk } from "../runtime/fakes/ops-desk.ts";

const ROUTES = Object.entries({ ...OPS_ROUTES, ...STATUS_ROUTES }).map(([operation, route]) => {
  const { method, path } = partsOf(route);
  return { operation, method, path, resource: new RegExp(`^${path.replace(/\{\w+\}/g, "([^/]+)")}$`) };
});

/** The hub's own functions over fakes, at a port of this machine: what they answer is what a deployed hub answers. */
export async function servedOps(around: FakeDependencies) {
  const ask = opsDesk(
    around.services,
    () => ({ start: async () => {} }) as never,
    () => ({ of: async () => ({ visible: 0, inFlight: 0, delayed: 0 }) }),
  );
  const status = serveStatus(() => around.services as never);
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += String(chunk)));
    request.on("end", async () => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://hub");
      const query = Object.fromEntries(searchParams);
      const found = ROUTES.flatMap(({ resource, ...route }) => {
        const values = route.method === request.method ? resource.exec(pathname)?.slice(1) : undefined;
        return values
          ? [{ ...route, path: Object.fromEntries(pathNames(route.path).map((name, i) => [name, values[i] ?? ""])) }]
          : [];
      })[0];
      const answer = !found
        ? { status: 200, body: pathname.startsWith("/api/logs") ? { lines: [] } : [] }
        : found.operation in OPS_ROUTES
          ? await ask(found.operation as OpsOperation, {
              path: found.path,
              query,
              ...(body !== "" && { body: JSON.parse(body) as object }),
            })
          : await statusOf(found.path, query);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    });
  });
  async function statusOf(path: Readonly<Record<string, string>>, query: object) {
    const [resource, pathParameters] = path.requestId === undefined ? ["/requests", null] : ["/requests/{requestId}", path];
    const requestContext = { requestId: "x", domainName: "d", stage: "s", authorizer: { tenant: "t", consumer: "c" } };
    const event = { httpMethod: "GET", resource, headers: {}, pathParameters, queryStringParameters: query };
    const { statusCode, body } = (await status(
      { ...event, body: null, isBase64Encoded: false, requestContext } as never,
      context(),
    )) as ProxyResponse;
    return { status: statusCode, body: JSON.parse(String(body)) as object };
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
