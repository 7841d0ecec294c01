import type middy from "@middy/core";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import { HttpProblem } from "../../../http/problem.ts";
import type { LambdaContext, ProxyEvent, ProxyResponse } from "../../../lambda.ts";

/**
 * Parses the body, whatever content type a third party's webhook claims for it, and answers 400 where Middy's parser would
 * answer 422.
 */
export function jsonBody(): middy.MiddlewareObj<ProxyEvent, ProxyResponse, Error, LambdaContext> {
  const { before } = httpJsonBodyParser({ disableContentTypeCheck: true }) as middy.MiddlewareObj<
    ProxyEvent,
    ProxyResponse,
    Error,
    LambdaContext
  >;
  return {
    before: async (request) => {
      try {
        await before?.(request);
      } catch {
        throw new HttpProblem(400, "Bad Request", "The body is not JSON, or has a key __proto__, which is not taken.");
      }
    },
  };
}
