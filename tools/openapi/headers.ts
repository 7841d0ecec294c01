import type { Json } from "./json.ts";

/** Headers of answers, by their names. */
const HEADERS: Readonly<Record<string, { readonly description: string; readonly schema: Json }>> = {
  "X-Request-ID": { description: "Of a request that was taken on its id, else the id of this call.", schema: { type: "string" } },
  "X-Correlation-ID": { description: "The caller's, where it sent a valid one.", schema: { type: "string" } },
  "Retry-After": { description: "Seconds after which to come again.", schema: { type: "integer", minimum: 0 } },
  "WWW-Authenticate": { description: "Which credentials would do.", schema: { type: "string" } },
};

const told = (required: boolean, names: readonly string[]): Json =>
  Object.fromEntries(
    names.map((name) => {
      const known = HEADERS[name];
      if (!known) throw new Error(`header ${name}: the document does not know it. Add it to tools/openapi/headers.ts.`);
      return [name, { ...known, required }];
    }),
  );

/** `headers` of a response that always has these. */
export const headers = (...names: string[]): Json => told(true, names);
/** Of one that has these at times. */
export const someHeaders = (...names: string[]): Json => told(false, names);
