import type { Recording } from "../local/recording.ts";
import { grantsOf } from "./least-privilege/grants.ts";
import { tableOf } from "./least-privilege/table.ts";
import { documentOf } from "./openapi/document.ts";
import { typesOf, yamlOf } from "./openapi/pages.ts";

export const OPENAPI = "docs/openapi.yaml";

/** @returns each page of docs/ that is made from the program, path from the root -> what it has to hold */
export async function generatedPages(recording: Recording): Promise<Readonly<Record<string, string>>> {
  const document = documentOf(recording);
  return {
    "docs/least-privilege.md": tableOf(recording, grantsOf(recording)),
    "docs/openapi.d.ts": await typesOf(document),
    [OPENAPI]: yamlOf(document),
  };
}
