import { REQUEST_ID } from "../../protocol/queries.ts";
import { isRole, type Role } from "../../protocol/roles.ts";
import type { ProxyEvent } from "../lambda.ts";
import { badRequest, HttpProblem } from "./problem.ts";

/** @param name lower case. The gateway passes headers in the caller's spelling. */
export function headerOf(
  { headers, multiValueHeaders }: Pick<ProxyEvent, "headers" | "multiValueHeaders">,
  name: string,
): string | undefined {
  const single = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
  return (
    single ??
    Object.entries(multiValueHeaders ?? {})
      .find(([key]) => key.toLowerCase() === name)?.[1]
      ?.at(-1)
  );
}

/** All values of a header, in the order of the call. @param name lower case */
export function headersOf({ headers, multiValueHeaders }: ProxyEvent, name: string): readonly string[] {
  const many = Object.entries(multiValueHeaders ?? {}).filter(([key]) => key.toLowerCase() === name);
  if (many.length > 0) return many.flatMap(([, values = []]) => values);
  return Object.entries(headers ?? {}).flatMap(([key, value]) =>
    key.toLowerCase() === name && value !== undefined ? [value] : [],
  );
}

/**
 * A parameter of the path, decoded: a REST API passes it as the caller sent it, unlike those of the query.
 * https://github.com/serverless/serverless/issues/5037
 * @returns `undefined` where the route has no such parameter
 * @throws HttpProblem 400 when it is not percent-encoded UTF-8 (RFC 3986, section 2.5)
 */
export function pathParameterOf({ pathParameters }: Pick<ProxyEvent, "pathParameters">, name: string): string | undefined {
  const sent = pathParameters?.[name];
  if (sent === undefined) return undefined;
  try {
    return decodeURIComponent(sent);
  } catch {
    throw badRequest(`The parameter ${name} of the path is not percent-encoded UTF-8.`);
  }
}

/** @throws HttpProblem 400 */
export function assertRequestId(text: string): void {
  if (!REQUEST_ID.test(text)) throw badRequest("The request id is malformed. Use the one of the 202 response.");
}

/** A request that was accepted a moment ago may not be in the ledger yet. */
export const unknownRequest = (): HttpProblem =>
  new HttpProblem(404, "Not Found", "There is no such request, or it has not been recorded yet.", { "retry-after": "1" });

/** The bytes that the caller sent. */
export const rawBodyOf = ({ body, isBase64Encoded }: ProxyEvent): Buffer =>
  Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");

/** Prefix of all routes: `/<stage>`, or nothing under a custom domain. */
export function basePathOf({ resource, requestContext: { path, stage } }: ProxyEvent): string {
  // Webhook routes have no parameters, so the resource is the path.
  if (path === undefined || resource === undefined || !path.endsWith(resource)) return `/${stage}`;
  return path.slice(0, -resource.length);
}

/** @returns the caller's tenant as the authorizer found it; `undefined` where the route has no authorizer */
export const tenantOf = ({ requestContext }: ProxyEvent): string | undefined => requestContext.authorizer?.tenant || undefined;

/** @returns seconds after which to call again, where the authorizer found the route's flow behind */
export const retryAfterIn = ({ requestContext }: ProxyEvent): number | undefined =>
  Number(requestContext.authorizer?.retryAfter ?? 0) || undefined;

/** A caller with a role. */
export interface Operator {
  /** Its consumer. */
  readonly name: string;
  readonly role: Role | "tenant";
  /** The person or program that its token was issued for. */
  readonly subject?: string;
}

/** @returns the caller as one that has no role, and may act on its own requests alone; `undefined` without an authorizer */
export function tenantCallerOf(event: ProxyEvent): (Operator & { readonly tenant: string }) | undefined {
  const { consumer, subject } = event.requestContext.authorizer ?? {};
  const tenant = tenantOf(event);
  if (!consumer || tenant === undefined) return undefined;
  return { name: consumer, role: "tenant", tenant, ...(subject !== undefined && { subject }) };
}

/** @returns the caller if it has a role; before there were roles, the authorizer named operators only, who could do everything */
export function operatorOf({ requestContext: { authorizer } }: ProxyEvent): (Operator & { readonly role: Role }) | undefined {
  const { consumer, operator, subject } = authorizer ?? {};
  const role = authorizer?.role ?? (operator === "true" ? "admin" : undefined);
  if (!consumer || !isRole(role)) return undefined;
  return { name: consumer, role, ...(subject !== undefined && { subject }) };
}
