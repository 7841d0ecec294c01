import type middy from "@middy/core";
import { CORRELATION_ID } from "../../model/envelope.ts";
import type { LambdaContext, ProxyEvent, ProxyResponse } from "../lambda.ts";
import { addToScope } from "../logging/scope.ts";
import { headerOf } from "./headers.ts";

/** The caller's correlation id where it is valid, else the request's id. @param requestId @default the gateway's */
export function correlationIdOf(
  event: Pick<ProxyEvent, "headers" | "multiValueHeaders" | "requestContext">,
  requestId = event.requestContext.requestId,
): string {
  const sent = headerOf(event, "x-correlation-id") ?? "";
  return CORRELATION_ID.test(sent) ? sent : requestId;
}

/** Puts the request's ids into the scope, where each log line finds them. */
export const httpScope = (
  fields: { readonly flow?: string } = {},
): middy.MiddlewareObj<ProxyEvent, ProxyResponse, Error, LambdaContext> => ({
  before: ({ event }) => {
    addToScope({ requestId: event.requestContext.requestId, correlationId: correlationIdOf(event), ...fields });
  },
});
