import middy from "@middy/core";
import { CORRELATION_ID } from "../../model/envelope.ts";
import { DEBUG_HEADER } from "../../protocol/logs.ts";
import type { LambdaContext, ProxyEvent, ProxyResponse } from "../lambda.ts";
import { thrownFields } from "../logging/error-fields.ts";
import type { Logger } from "../logging/logger.ts";
import { addToScope, debugInScope } from "../logging/scope.ts";
import { HttpProblem, problemResponse } from "./problem.ts";
import { headerOf } from "./request.ts";

/** One middleware of an HTTP function. */
export type HttpMiddleware = middy.MiddlewareObj<ProxyEvent, ProxyResponse, Error, LambdaContext>;

/** Of every HTTP function. Middy's own early timeout is off: handlers that may take long have deadlines of their own. */
export const httpPipeline = (log: Logger, fields: { readonly flow?: string } = {}) =>
  middy<ProxyEvent, ProxyResponse, Error, LambdaContext>({ timeoutEarlyInMillis: 0 })
    .use(problemJson(log))
    .use(httpScope(fields));

/** Answers each error as `application/problem+json`. The cause of a 500 is only logged. */
const problemJson = (log: Logger): HttpMiddleware => ({
  onError: ({ event, error }) => {
    const { requestId } = event.requestContext;
    if (error instanceof HttpProblem) {
      log.info("request refused", { status: error.status, detail: error.message });
      return problemResponse(error, requestId);
    }
    log.error("request failed", thrownFields(error));
    return problemResponse(
      new HttpProblem(500, "Internal Server Error", "The request could not be handled. Try again later."),
      requestId,
    );
  },
});

/** The caller's correlation id if it is valid, else the request's id. @param requestId @default the gateway's */
export function correlationIdOf(
  event: Pick<ProxyEvent, "headers" | "multiValueHeaders" | "requestContext">,
  requestId = event.requestContext.requestId,
): string {
  const sent = headerOf(event, "x-correlation-id") ?? "";
  return CORRELATION_ID.test(sent) ? sent : requestId;
}

/** True where an operator wants to have everything logged about the request. */
export const isDebugged = (event: ProxyEvent): boolean =>
  headerOf(event, DEBUG_HEADER) === "true" && event.requestContext.authorizer?.operator === "true";

/** Adds the request's ids to the log scope, and has everything logged where an operator wants it. */
const httpScope = (fields: { readonly flow?: string }): HttpMiddleware => ({
  before: ({ event }) => {
    const { requestId } = event.requestContext;
    addToScope({ requestId, callId: requestId, correlationId: correlationIdOf(event), ...fields });
    if (isDebugged(event)) debugInScope();
  },
});
