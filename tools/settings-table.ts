import { settingRows } from "../components/config/forms.ts";

const BEGIN = "<!-- settings: `npm run docs` writes this table -->";
const END = "<!-- end of settings -->";

/**
 * @param page a page with the two markers
 * @returns the page with the table of all settings between them
 * @throws Error when a marker is missing
 */
export function withSettings(page: string): string {
  const [before, rest = ""] = page.split(BEGIN);
  const [, after] = rest.split(END);
  if (before === undefined || after === undefined)
    throw new Error(`docs/deploy.md: a marker of the settings table is missing. Write ${BEGIN} and ${END} around it.`);
  return `${before}${BEGIN}\n${table()}\n${END}${after}`;
}

const table = () =>
  [
    "| setting | type | default | range | meaning |",
    "|---|---|---|---|---|",
    ...settingRows().map((row) => `| \`${row.setting}\` | ${row.type} | ${row.default} | ${row.range} | ${row.meaning} |`),
  ].join("\n");
