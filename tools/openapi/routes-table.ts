import { OPS_ROLES, OPS_ROUTES, type OpsOperation, partsOf, STATUS_ROUTES, TENANT_OPERATIONS } from "../../protocol/routes.ts";
import { marked } from "../marked.ts";
import type { Json } from "./json.ts";

const PAGE = "docs/http-api.md";
const BEGIN = "<!-- routes: `npm run docs` writes this table -->";
const END = "<!-- end of routes -->";

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Json;
  readonly required?: readonly string[];
}
interface Operation {
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/** @returns docs/http-api.md with the table of the hub's own routes between its markers */
export const withRoutes = (page: string, document: Json): string =>
  marked(PAGE, page, { begin: BEGIN, end: END, text: tableOf(document) });

function tableOf({ paths, components }: Json): string {
  const { schemas } = components as { readonly schemas: Readonly<Record<string, Schema>> };
  const row = (route: string, caller: string) => {
    const { method, path } = partsOf(route);
    const operation = (paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>)[path]?.[method.toLowerCase()];
    if (!operation) throw new Error(`${route}: the document has no such operation. Describe it in tools/openapi/own-routes.ts.`);
    return `| \`${route}\` | ${caller} | ${takenBy(operation, schemas)} | ${operation.summary} |`;
  };
  return [
    "| route | for | takes | |",
    "|---|---|---|---|",
    ...Object.values(STATUS_ROUTES).map((route) => row(route, "caller")),
    ...Object.entries(OPS_ROUTES).map(([name, route]) => row(route, callerOf(name as OpsOperation))),
  ].join("\n");
}

const callerOf = (operation: OpsOperation) =>
  TENANT_OPERATIONS.includes(operation) ? `the request's tenant, ${OPS_ROLES[operation]}` : OPS_ROLES[operation];

/** Parameters of query and header, and members of the body; of a body of several forms, what each has for itself is joined by "or". */
function takenBy({ parameters = [], requestBody }: Operation, schemas: Readonly<Record<string, Schema>>): string {
  const given = parameters.filter((parameter) => parameter.in !== "path").map(({ name, required }) => named(name, required));
  const [body] = Object.values(requestBody?.content ?? {});
  const forms = body ? formsOf(body.schema, schemas).map(membersOf) : [];
  const [first = []] = forms;
  const common = first.filter((member) => forms.every((members) => members.includes(member)));
  const own = forms.map((members) => members.filter((member) => !common.includes(member)).join(" with "));
  const either = forms.length > 1 ? [own.join(" or ")] : [];
  return [...given, ...either, ...common].join(", ");
}

const named = (name: string, required = false) => (required ? `\`${name}\`` : `\`${name}?\``);
const membersOf = ({ properties = {}, required = [] }: Schema) =>
  Object.keys(properties).map((name) => named(name, required.includes(name)));

function formsOf(schema: Schema, schemas: Readonly<Record<string, Schema>>): readonly Schema[] {
  const { $ref, anyOf } = schema;
  if ($ref !== undefined) return formsOf(schemas[$ref.split("/").at(-1) ?? ""] ?? {}, schemas);
  return anyOf ? anyOf.flatMap((form) => formsOf(form, schemas)) : [schema];
}
