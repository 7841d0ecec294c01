import { KINDS } from "../components/parts/customise.ts";
import { marked } from "./marked.ts";

const BEGIN = "<!-- hooks: `npm run docs` writes this table -->";
const END = "<!-- end of hooks -->";

/** @returns docs/customise.md with the table of all hooks of `transform` between its markers */
export const withHooks = (page: string): string => marked("docs/customise.md", page, { begin: BEGIN, end: END, text: table() });

function table(): string {
  const rows = Object.entries<object>(KINDS).map(([hook, kind]) => {
    // `aws:lambda/function:Function`, `awsx:ec2:Vpc`; a property that the published types leave out.
    const type = (kind as { readonly __pulumiType?: string }).__pulumiType ?? "";
    const [provider = "", module = "", name = ""] = type.split(":");
    return { of: `@pulumi/${provider}.${module.split("/")[0]}`, text: `\`${hook}\` (${name})` };
  });
  const modules = [...Map.groupBy(rows, ({ of }) => of)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    "| module | hooks, and the resource of each |",
    "|---|---|",
    ...modules.map(([module, hooks]) => `| \`${module}\` | ${hooks.map(({ text }) => text).join(", ")} |`),
  ].join("\n");
}
