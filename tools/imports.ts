/** Page and heading of the table that says which folder may import which; the linter's message names them. */
const PAGE = "docs/architecture.md";
const HEADING = "Folders and imports";
/** Levels of folders for which rules are written: a relative path leaves a folder by as many "../" as the importing file lies deep. */
const DEEPEST = 5;

interface Row {
  readonly folder: string;
  /** Other folders of ours, or "all". */
  readonly ours: readonly string[] | "all";
  /** Packages that may be imported, or those that may not. */
  readonly packages: { readonly only: readonly string[] } | { readonly not: readonly string[] };
}

/** @param page text of docs/architecture.md. @returns the rows of its table of folders. @throws Error for a cell that is not understood */
export function importTable(page: string): readonly Row[] {
  const section = page.split(`## ${HEADING}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([\w-]+)\/` \|[^|]*\|([^|]*)\|([^|]*)\|$/gm)].map(
    ([, folder = "", ours = "", packages = ""]) => ({
      folder,
      ours: ours.trim() === "all" ? "all" : named(ours, folder),
      packages: packages.trim().startsWith("all")
        ? { not: named(packages.replace(/all( but)?/, ""), folder) }
        : { only: named(packages, folder) },
    }),
  );
}

/** @param page text of docs/architecture.md. @returns biome-imports.json, which biome.json extends: one rule a line */
export function importRules(page: string): string {
  const rules = importTable(page).flatMap((row) => rulesOf(row));
  return `{ "overrides": [\n${rules.map((rule) => JSON.stringify(rule)).join(",\n")}\n] }\n`;
}

function rulesOf({ folder, ours, packages }: Row): readonly object[] {
  const packagesRefused =
    "not" in packages ? packages.not : ["**", "!.*/**", ...packages.only.flatMap((name) => [`!${name}`, `!${name}/**`])];
  if (ours === "all" && packagesRefused.length === 0) return [];
  const may = [...(ours === "all" ? ["every folder"] : ours.map((one) => `${one}/`))];
  const message = `${folder}/ may not import this${may.length > 0 ? `; of our folders it may import ${may.join(", ")}` : ""}. See ${PAGE}, section "${HEADING}".`;
  return Array.from({ length: DEEPEST }, (_, i) => {
    const out = "../".repeat(i + 1);
    const group = [...packagesRefused, ...(ours === "all" ? [] : [`${out}**`, ...ours.map((one) => `!${out}${one}/**`)])];
    const noRestrictedImports = { level: "error", options: { patterns: [{ group, message }] } };
    return { includes: [`${folder}${"/*".repeat(i + 1)}`], linter: { rules: { style: { noRestrictedImports } } } };
  });
}

/** @returns the words in code marks. @throws Error when anything else but commas and a dash stands there */
function named(cell: string, folder: string): readonly string[] {
  const rest = cell.replaceAll(/`[^`]+`|[,–\s]/g, "");
  if (rest !== "")
    throw new Error(`${PAGE}, ${folder}/: "${cell.trim()}" is not a list of names. Write each as \`name\`, or "all".`);
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}
