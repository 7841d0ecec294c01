import type middy from "@middy/core";
import validator from "@middy/validator";
import type { Ajv } from "ajv";
import { HttpProblem } from "../../../http/problem.ts";
import type { LambdaContext, ProxyEvent, ProxyResponse } from "../../../lambda.ts";
import { type AjvError, tellFaults, type Validate } from "../../../validators.ts";

type HttpMiddleware = middy.MiddlewareObj<ProxyEvent, ProxyResponse, Error, LambdaContext>;

/** Checks the parsed body against its event's schema, filling in defaults, and answers 400 with each field at fault. */
export function validateBody(eventName: string, validate: Validate): HttpMiddleware {
  const eventSchema: { (event: ProxyEvent): boolean; errors?: Validate["errors"] } = (event) => {
    const valid = validate(event.body);
    eventSchema.errors = validate.errors ?? null;
    return valid;
  };
  // Its types ask for an Ajv instance; what it takes, and documents, is a compiled validator.
  const { before } = validator({ eventSchema: eventSchema as unknown as Ajv }) as HttpMiddleware;
  return {
    before: async (request) => {
      try {
        await before?.(request);
      } catch (error) {
        throw new HttpProblem(
          400,
          "Bad Request",
          `The body is not of the schema of ${eventName}: ${tellFaults(faultsIn(error))}.`,
        );
      }
    },
  };
}

/** Middy's validator hands ajv's errors on as the data of its error's cause. */
function faultsIn(error: unknown): readonly AjvError[] {
  const { data } = (error instanceof Error && (error.cause as { readonly data?: readonly AjvError[] | null })) || {};
  return data ?? [];
}
