import type { ProxyEvent } from "../lambda.ts";

/** What stands before the routes in the API's addresses: `/<stage>`, or nothing under a domain of the hub's own. */
export function basePathOf({ resource, requestContext: { path, stage } }: ProxyEvent): string {
  // Routes of webhooks have no parameters, so the resource is the path.
  if (path === undefined || resource === undefined || !path.endsWith(resource)) return `/${stage}`;
  return path.slice(0, -resource.length);
}
