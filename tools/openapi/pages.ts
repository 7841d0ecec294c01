import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { stringify } from "yaml";
import type { Json } from "./json.ts";

/** YAML for readers: without folded lines and aliases, and with quotes around strings that YAML 1.1 would read as dates or numbers. */
export const yamlOf = (document: Json): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, schema: "yaml-1.1" });

/** TypeScript types for clients. A property with a default stays optional, because requests may omit it. */
export async function typesOf(document: Json): Promise<string> {
  // The generator modifies the document that it gets.
  const types = await openapiTS(JSON.stringify(document), { defaultNonNullable: false, alphabetize: false });
  return `${COMMENT_HEADER}\n${astToString(types)}`;
}
