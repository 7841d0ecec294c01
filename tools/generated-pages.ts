import { readFileSync } from "node:fs";
import { join } from "node:path";
import { importFlows } from "../components/flow/import-flows.ts";
import { stackConfig } from "../local/record/config.ts";
import type { Recording } from "../local/recording.ts";
import { catalogueOf, withDiagram } from "./catalogue/catalogue.ts";
import { assumptionsOf } from "./cost/assumed.ts";
import { measure } from "./cost/measure.ts";
import { withHooks } from "./hooks-table.ts";
import { importRules } from "./imports.ts";
import { grantsOf } from "./least-privilege/grants.ts";
import { tableOf } from "./least-privilege/table.ts";
import { documentOf } from "./openapi/document.ts";
import { typesOf, yamlOf } from "./openapi/pages.ts";
import { withRoutes } from "./openapi/routes-table.ts";
import { optionsPage } from "./options/page.ts";
import { countedOf } from "./quotas/report.ts";
import { withSettings } from "./settings-table.ts";

export const OPENAPI = "docs/openapi.yaml";
export const IMPORT_RULES = "biome-imports.json";
const ROOT = join(import.meta.dirname, "..");
const SETTINGS = "docs/settings.md";
const HTTP_API = "docs/http-api.md";
const CUSTOMISE = "docs/customise.md";

/** @returns each file that is generated, as a whole or in part, from the program or from docs/architecture.md: path from the root -> its text */
export async function generatedPages(recording: Recording): Promise<Readonly<Record<string, string>>> {
  const document = documentOf(recording);
  const { flows } = await importFlows(join(ROOT, "flows"));
  const measured = (await Promise.all(flows.map(measure))).flat();
  const assumed = assumptionsOf(countedOf(recording), stackConfig(ROOT, recording.stack, true).values);
  return {
    "README.md": withDiagram(page("README.md"), flows),
    ...catalogueOf(flows, recording, { measured, assumed }),
    [SETTINGS]: withSettings(page(SETTINGS)),
    [HTTP_API]: withRoutes(page(HTTP_API), document),
    [CUSTOMISE]: withHooks(page(CUSTOMISE)),
    [IMPORT_RULES]: importRules(page("docs/architecture.md")),
    "docs/least-privilege.md": tableOf(recording, grantsOf(recording)),
    "docs/options.md": optionsPage(),
    "docs/openapi.d.ts": await typesOf(document),
    [OPENAPI]: yamlOf(document),
  };
}

const page = (path: string): string => readFileSync(join(ROOT, path), "utf8");
