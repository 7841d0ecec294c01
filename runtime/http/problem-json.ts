import type middy from "@middy/core";
import { failureOf } from "../errors.ts";
import type { LambdaContext, ProxyEvent, ProxyResponse } from "../lambda.ts";
import type { Logger } from "../logging/logger.ts";
import { HttpProblem, problemResponse } from "./problem.ts";

/** Answers each error as `application/problem+json`; what the caller did not cause is told to the log alone. */
export const problemJson = (log: Logger): middy.MiddlewareObj<ProxyEvent, ProxyResponse, Error, LambdaContext> => ({
  onError: ({ event, error }) => {
    const { requestId } = event.requestContext;
    if (error instanceof HttpProblem) {
      log.info("request refused", { status: error.status, detail: error.message });
      return problemResponse(error, requestId);
    }
    const { code, message } = failureOf(error);
    log.error("request failed", { code, error: message, stack: error?.stack });
    return problemResponse(
      new HttpProblem(500, "Internal Server Error", "The request could not be handled. Try again later."),
      requestId,
    );
  },
});
