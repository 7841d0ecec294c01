import type { ProxyEvent } from "../lambda.ts";

/** @returns the tenant that the gateway has authenticated the caller as, or undefined when it let the caller in without */
export const tenantOf = ({ requestContext }: ProxyEvent): string | undefined => requestContext.identity?.apiKeyId || undefined;
