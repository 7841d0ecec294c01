import { KEY } from "../../components/gateway/templates.ts";
import { CORRELATION_ID } from "../../model/index.ts";
import type { Json } from "./json.ts";

/** Headers that callers may send, one parameter component each. */
export const PARAMETERS: Readonly<Record<string, Json>> = {
  "Idempotency-Key": {
    name: "Idempotency-Key",
    in: "header",
    description:
      "A key that the caller chooses, quoted or bare. Calls with the same key are one request, and the first body applies, for 45 days per tenant and route.",
    schema: { type: "string", pattern: `^("${KEY}"|${KEY})$` },
    example: "order-4711",
  },
  "X-Correlation-ID": {
    name: "X-Correlation-ID",
    in: "header",
    description: `Carried by all events and logs of the request. A value that does not match \`${CORRELATION_ID.source}\` is ignored and causes no error: the request id takes its place.`,
    // No pattern: a client that validates what it sends would refuse what the hub accepts.
    schema: { type: "string" },
    example: "checkout-4711",
  },
};

/** A reference to one of them. @throws Error for any other header */
export function headerParameter(name: string): Json {
  if (Object.hasOwn(PARAMETERS, name)) return { $ref: `#/components/parameters/${name}` };
  throw new Error(`header ${name}: it is not described. Add it to tools/openapi/parameters.ts.`);
}

/** A path or query parameter. The schema's description and example become the parameter's. */
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
