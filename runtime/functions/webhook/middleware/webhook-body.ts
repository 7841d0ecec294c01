import type middy from "@middy/core";
import type { BodyForm } from "../../../../model/signature.ts";
import { rawBodyOf } from "../../../http/headers.ts";
import { HttpProblem } from "../../../http/problem.ts";
import type { LambdaContext, ProxyEvent, ProxyResponse } from "../../../lambda.ts";
import { formFields } from "../form.ts";
import { jsonBody } from "./json-body.ts";

type HttpMiddleware = middy.MiddlewareObj<ProxyEvent, ProxyResponse, Error, LambdaContext>;

/** Makes the event's data of a webhook's body, as its declaration says and whatever content type the call claims. */
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
