import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Recording } from "../local/recording.ts";
import { grantsOf } from "./least-privilege/grants.ts";
import { tableOf } from "./least-privilege/table.ts";
import { documentOf } from "./openapi/document.ts";
import { typesOf, yamlOf } from "./openapi/pages.ts";
import { withSettings } from "./settings-table.ts";

export const OPENAPI = "docs/openapi.yaml";
const DEPLOY = "docs/deploy.md";

/** @returns each page of docs/ that the program generates, as a whole or in part: path from the root -> its text */
export async function generatedPages(recording: Recording): Promise<Readonly<Record<string, string>>> {
  const document = documentOf(recording);
  return {
    [DEPLOY]: withSettings(readFileSync(join(import.meta.dirname, "..", DEPLOY), "utf8")),
    "docs/least-privilege.md": tableOf(recording, grantsOf(recording)),
    "docs/openapi.d.ts": await typesOf(document),
    [OPENAPI]: yamlOf(document),
  };
}
