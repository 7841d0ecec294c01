import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { sample } from "openapi-sampler";
import { withExamples } from "../../local/schema-sample.ts";
import type { Json } from "./json.ts";

/**
 * Generates examples of the document's schemas.
 * @param schemas `components.schemas`
 * @returns `{ example }`, or `{}` when the sampler's value does not match the schema, as with most patterns
 */
export function exampleMaker(schemas: Json): (schema: Json) => { readonly example?: unknown } {
  const document = { $id: "document", components: { schemas: withExamples(schemas).schema } };
  const ajv = new Ajv2020.default({ strict: false, logger: false });
  addFormats.default(ajv);
  ajv.addSchema(document);
  return (schema) => {
    const made: unknown = sample(withExamples(schema).schema, { skipNonRequired: false, quiet: true }, document);
    return ajv.validate(resolved(schema), made) ? { example: made } : {};
  };
}

/** Rewrites references within the schema to references into the document. */
const resolved = (schema: Json): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/components/', '"$ref":"document#/components/')) as Json;
