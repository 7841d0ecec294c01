import Ajv2020 from "ajv/dist/2020.js";

const MOST_LISTED = 10;

/**
 * @param schema JSON Schema, draft 2020-12. Formats are left to the steps, which have the zod schema itself
 * @returns the first 10 faults of the data, each with its field as JSON pointer (RFC 6901) and never with the value; `undefined` when it fits
 */
export function schemaFaults(schema: object, data: unknown): string | undefined {
  // Without the flag `u`, as zod's own patterns are written.
  const ajv = new Ajv2020.default({ allErrors: true, strict: false, validateFormats: false, unicodeRegExp: false });
  const validate = ajv.compile(schema);
  if (validate(data)) return undefined;
  const faults = (validate.errors ?? []).map(({ instancePath, keyword, params, message = "is not valid" }) =>
    keyword === "required"
      ? `${instancePath}/${String((params as { readonly missingProperty?: unknown }).missingProperty)} is required`
      : `${instancePath || "/"} ${message}`,
  );
  const listed = [...new Set(faults)];
  return [
    ...listed.slice(0, MOST_LISTED),
    ...(listed.length > MOST_LISTED ? [`and ${listed.length - MOST_LISTED} more`] : []),
  ].join("; ");
}
