import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { stringify } from "yaml";
import type { Json } from "./json.ts";

/** As people read it: no line of its texts is folded, no part of it is an alias of another, and what YAML 1.1 would take
 * for a date or a number is quoted. */
export const yamlOf = (document: Json): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, schema: "yaml-1.1" });

/** The types of a client of it. What has a default may be left out of a request, so it stays optional. */
export async function typesOf(document: Json): Promise<string> {
  // The generator takes the document for its own, and changes it.
  const types = await openapiTS(JSON.stringify(document), { defaultNonNullable: false, alphabetize: false });
  return `${COMMENT_HEADER}\n${astToString(types)}`;
}
