import { settingRows } from "../components/config/forms.ts";
import { marked } from "./marked.ts";

const BEGIN = "<!-- settings: `npm run docs` writes this table -->";
const END = "<!-- end of settings -->";

/** @returns docs/settings.md with the table of all settings between its markers */
export const withSettings = (page: string): string => marked("docs/settings.md", page, { begin: BEGIN, end: END, text: table() });

const table = () =>
  [
    "| setting | type | default | range | meaning |",
    "|---|---|---|---|---|",
    ...settingRows().map((row) => `| \`${row.setting}\` | ${row.type} | ${row.default} | ${row.range} | ${row.meaning} |`),
  ].join("\n");
