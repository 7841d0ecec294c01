import type { ProxyEvent } from "../lambda.ts";

/** @returns the tenant that the gateway's authorizer has found the caller to be, or undefined when it let the caller in without */
export const tenantOf = ({ requestContext }: ProxyEvent): string | undefined => requestContext.authorizer?.tenant || undefined;

/** @returns the caller's consumer when that is an operator, or undefined */
export const operatorOf = ({ requestContext }: ProxyEvent): string | undefined =>
  requestContext.authorizer?.operator === "true" ? requestContext.authorizer.consumer || undefined : undefined;
