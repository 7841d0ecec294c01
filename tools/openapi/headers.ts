import type { Json } from "./json.ts";

/** Response headers by name. */
const HEADERS: Readonly<Record<string, { readonly description: string; readonly schema: Json }>> = {
  "X-Request-ID": { description: "Id of the accepted request, else of this call.", schema: { type: "string" } },
  "X-Correlation-ID": { description: "The caller's correlation id, if it sent a valid one.", schema: { type: "string" } },
  Location: { description: "URL of the request's state.", schema: { type: "string", format: "uri" } },
  "Preference-Applied": {
    description: "The preference that the answer follows, such as `wait=20`.",
    schema: { type: "string" },
  },
  "Retry-After": { description: "Seconds to wait before the next attempt.", schema: { type: "integer", minimum: 0 } },
  "WWW-Authenticate": { description: "Accepted credentials.", schema: { type: "string" } },
};

const headerObjects = (required: boolean, names: readonly string[]): Json =>
  Object.fromEntries(
    names.map((name) => {
      const known = HEADERS[name];
      if (!known) throw new Error(`header ${name}: it is not described. Add it to tools/openapi/headers.ts.`);
      return [name, { ...known, required }];
    }),
  );

/** `headers` that a response always has. */
export const headers = (...names: string[]): Json => headerObjects(true, names);
/** `headers` that a response may have. */
export const someHeaders = (...names: string[]): Json => headerObjects(false, names);
