import httpJsonBodyParser from "@middy/http-json-body-parser";
import validator from "@middy/validator";
import type { Ajv } from "ajv";
import type { BodyForm } from "../../../../model/signature.ts";
import { uncarriable } from "../../../carriable.ts";
import type { HttpMiddleware } from "../../../http/middleware.ts";
import { HttpProblem } from "../../../http/problem.ts";
import { rawBodyOf } from "../../../http/request.ts";
import type { ProxyEvent } from "../../../lambda.ts";
import { type AjvError, faultsIn, type Validate } from "../../../validators.ts";
import { formFields } from "../call.ts";

/** Parses a webhook's body as declared, whatever its content type. */
export function webhookBody(form: BodyForm): HttpMiddleware {
  const json = jsonBody();
  if (form === "json") return json;
  return {
    before: async (request) => {
      const event = request.event as { body: unknown; isBase64Encoded: boolean };
      const fields = formFields(rawBodyOf(request.event));
      if (Object.keys(fields).length === 0 || Object.hasOwn(fields, "__proto__"))
        throw new HttpProblem(400, "Bad Request", "The body is not a form.");
      event.isBase64Encoded = false;
      event.body = fields;
      if (form === "form") return;
      const { payload } = fields;
      if (typeof payload !== "string") throw new HttpProblem(400, "Bad Request", 'The form has no single field "payload".');
      event.body = payload;
      await json.before?.(request);
    },
  };
}

/**
 * Parses the body as JSON, whatever its content type, and answers 400 where Middy's parser would answer 422.
 */
function jsonBody(): HttpMiddleware {
  const { before } = httpJsonBodyParser({ disableContentTypeCheck: true }) as HttpMiddleware;
  return {
    before: async (request) => {
      try {
        await before?.(request);
      } catch {
        throw new HttpProblem(400, "Bad Request", "The body is not JSON, or has a key __proto__, which is not allowed.");
      }
    },
  };
}

/** Answers 400 to a parsed body that no event can carry: it would be lost on its way to the first step. */
export const carriableBody = (): HttpMiddleware => ({
  before: ({ event }) => {
    const unfit = uncarriable(event.body);
    if (unfit !== undefined) throw new HttpProblem(400, "Bad Request", `The body holds ${unfit}, which no event can carry.`);
  },
});

/** Validates the parsed body against its event's schema, fills in defaults, and answers 400 with each faulty field. */
export function validateBody(eventName: string, validate: Validate): HttpMiddleware {
  const eventSchema: { (event: ProxyEvent): boolean; errors?: Validate["errors"] } = (event) => {
    const valid = validate(event.body);
    eventSchema.errors = validate.errors ?? null;
    return valid;
  };
  // Its types require an Ajv instance; it documents and accepts a compiled validator.
  const { before } = validator({ eventSchema: eventSchema as unknown as Ajv }) as HttpMiddleware;
  return {
    before: async (request) => {
      try {
        await before?.(request);
      } catch (error) {
        throw new HttpProblem(
          400,
          "Bad Request",
          `The body does not match the schema of ${eventName}: ${faultsIn(errorsIn(error))}.`,
        );
      }
    },
  };
}

/** Middy's validator passes ajv's errors as the data of its error's cause. */
function errorsIn(error: unknown): readonly AjvError[] {
  const { data } = (error instanceof Error && (error.cause as { readonly data?: readonly AjvError[] | null })) || {};
  return data ?? [];
}
