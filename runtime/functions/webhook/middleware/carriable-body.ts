import type middy from "@middy/core";
import { uncarriable } from "../../../carriable.ts";
import { HttpProblem } from "../../../http/problem.ts";
import type { LambdaContext, ProxyEvent, ProxyResponse } from "../../../lambda.ts";

/** Answers 400 to a parsed body that no event can carry: taken on, it would be lost on its way to the first step. */
export const carriableBody = (): middy.MiddlewareObj<ProxyEvent, ProxyResponse, Error, LambdaContext> => ({
  before: ({ event }) => {
    const unfit = uncarriable(event.body);
    if (unfit !== undefined) throw new HttpProblem(400, "Bad Request", `The body holds ${unfit}, which no event can carry.`);
  },
});
