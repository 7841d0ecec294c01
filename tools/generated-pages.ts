import { readFileSync } from "node:fs";
import { join } from "node:path";
import { importFlows } from "../components/flow/import-flows.ts";
import type { Recording } from "../local/recording.ts";
import { catalogueOf, withDiagram } from "./catalogue/catalogue.ts";
import { importRules } from "./imports.ts";
import { grantsOf } from "./least-privilege/grants.ts";
import { tableOf } from "./least-privilege/table.ts";
import { documentOf } from "./openapi/document.ts";
import { typesOf, yamlOf } from "./openapi/pages.ts";
import { optionsPage } from "./options/page.ts";
import { withSettings } from "./settings-table.ts";

export const OPENAPI = "docs/openapi.yaml";
export const IMPORT_RULES = "biome-imports.json";
const DEPLOY = "docs/deploy.md";

/** @returns each file that is generated, as a whole or in part, from the program or from docs/architecture.md: path from the root -> its text */
export async function generatedPages(recording: Recording): Promise<Readonly<Record<string, string>>> {
  const document = documentOf(recording);
  const { flows } = await importFlows(join(import.meta.dirname, "../flows"));
  return {
    "README.md": withDiagram(page("README.md"), flows),
    ...catalogueOf(flows, recording),
    [DEPLOY]: withSettings(page(DEPLOY)),
    [IMPORT_RULES]: importRules(page("docs/architecture.md")),
    "docs/least-privilege.md": tableOf(recording, grantsOf(recording)),
    "docs/options.md": optionsPage(),
    "docs/openapi.d.ts": await typesOf(document),
    [OPENAPI]: yamlOf(document),
  };
}

const page = (path: string): string => readFileSync(join(import.meta.dirname, "..", path), "utf8");
