import { KEY } from "../../components/gateway/templates.ts";
import { CORRELATION_ID } from "../../model/index.ts";
import type { Json } from "./json.ts";

/** Headers that callers may send, one parameter component each. */
export const PARAMETERS: Readonly<Record<string, Json>> = {
  "Idempotency-Key": {
    name: "Idempotency-Key",
    in: "header",
    description:
      "A key of the caller's own, quoted or bare. Calls with the same key are one request, and the first body wins; for 45 days, for one tenant and one route.",
    schema: { type: "string", pattern: `^("${KEY}"|${KEY})$` },
    example: "order-4711",
  },
  "X-Correlation-ID": {
    name: "X-Correlation-ID",
    in: "header",
    description: "Goes with the request to whatever it causes. One that is not of the pattern is passed over.",
    schema: { type: "string", pattern: CORRELATION_ID.source },
    example: "checkout-4711",
  },
};

/** A reference to one of them. @throws Error for a header that is none of them */
export function headerParameter(name: string): Json {
  if (Object.hasOwn(PARAMETERS, name)) return { $ref: `#/components/parameters/${name}` };
  throw new Error(`header ${name}: the document does not know it. Add it to tools/openapi/parameters.ts.`);
}

/** A path or query parameter of this schema, whose description and example become the parameter's. */
export function parameter(place: string, name: string, required: boolean, schema: Json): Json {
  const { description, examples, ...rest } = schema;
  const [example] = Array.isArray(examples) ? (examples as unknown[]) : [];
  return {
    name,
    in: place,
    ...(description !== undefined && { description }),
    ...(required && { required }),
    schema: rest,
    ...(example !== undefined && { example }),
  };
}
