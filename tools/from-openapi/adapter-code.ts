import { answersCode, pagesHint } from "./answer-code.ts";
import { bodyCode } from "./body-code.ts";
import type { SchemaContext } from "./code.ts";
import { asJson, asText, type OpenApi } from "./document.ts";
import { camel, comment, key, quoted, UniqueNames } from "./names.ts";
import { Notes } from "./notes.ts";
import type { ApiOperation } from "./operations.ts";
import { parametersCode, routeOf } from "./request-code.ts";
import { schemaCode } from "./schema-code.ts";
import { SchemaNames } from "./schema-names.ts";
import { securityCode } from "./security-code.ts";
import { serverOf } from "./servers.ts";

export interface Wanted {
  readonly api: OpenApi;
  readonly operations: readonly ApiOperation[];
  /** Of the adapter, kebab-case. */
  readonly name: string;
  /** Of the document's file, for the comment. */
  readonly file: string;
  /** How many references are followed, one within the other. */
  readonly depth: number;
  /** Where the adapter imports from, such as `"../model"`. */
  readonly model: string;
}

/** @returns the adapter's source, not formatted yet, and what it can't express */
export function adapterCode(wanted: Wanted): { readonly source: string; readonly notes: readonly string[] } {
  const { api, operations, name } = wanted;
  const notes = new Notes();
  const names = new SchemaNames(api, wanted.depth);
  const constant = names.take(camel(name));
  names.collect(operations.flatMap(({ operation, parameters }) => rootsOf(api, operation, parameters)));
  const used = new Set<string>();
  const context: SchemaContext = {
    api,
    names,
    notes,
    direction: "request",
    place: name,
    uses: (id) => used.add(id),
    write: schemaCode,
  };
  const calls = new UniqueNames();
  const written = operations.map((operation) => operationCode(operation, calls.take(camel(operation.id)), context));
  const security = securityCode(operations, `${name}/api`, context);
  const declarations = declarationsOf(names, used, context);
  const imports = new Set(["adapter", "call", ...security.imports, ...written.flatMap((call) => call.imports)]);
  const { title, version } = api.root.info;
  const source = [
    `// From ${comment(title)} ${comment(version)} (${comment(wanted.file)}), by npm run hub -- adapter from-openapi`,
    ...notes.lines().map((line) => `// ${comment(line)}`),
    'import * as z from "zod";',
    `import { ${[...imports]
      .filter((one) => one !== "xml")
      .sort()
      .join(", ")} } from "${wanted.model}/index.ts";`,
    ...(imports.has("xml") ? [`import { xml } from "${wanted.model}/xml.ts";`] : []),
    "",
    ...declarations,
    `export const ${constant} = adapter(${quoted(name)}, {`,
    `summary: ${quoted(comment(title))},`,
    `baseUrl: ${quoted(serverOf(operations, context))},`,
    `auth: ${security.auth},`,
    ...(security.clientCertificate ? [`clientCertificate: { secret: ${quoted(`${name}/certificate`)} },`] : []),
    'timeout: "10 seconds",',
    `operations: { ${written.map((call) => call.source).join("\n")} },`,
    "});",
  ].join("\n");
  return { source, notes: notes.lines() };
}

/** The schemas of an operation, each with its direction. */
function rootsOf(api: OpenApi, { requestBody, responses }: ApiOperation["operation"], parameters: ApiOperation["parameters"]) {
  const contents = (given: unknown) =>
    Object.values(asJson(api.resolve(given).value.content)).map((media) => asJson(media).schema);
  return [
    ...[...parameters.map(({ schema }) => schema), ...contents(requestBody)].map((schema) => ({
      schema,
      direction: "request" as const,
    })),
    ...Object.values(asJson(responses))
      .flatMap(contents)
      .map((schema) => ({ schema, direction: "answer" as const })),
  ];
}

function operationCode(operation: ApiOperation, name: string, adapter: SchemaContext) {
  const { id, method, parameters, operation: given } = operation;
  const context = { ...adapter, place: comment(id) };
  const request = parametersCode(operation, context);
  const body = bodyCode(given, method, context);
  const answers = answersCode(given, method, { ...context, direction: "answer" });
  const pathNames = parameters.filter((parameter) => parameter.in === "path").map((parameter) => String(parameter.name));
  const others = [
    ...pathNames,
    ...parameters.filter((parameter) => parameter.in === "query").map((parameter) => String(parameter.name)),
  ];
  for (const field of body.fields)
    if (others.includes(field)) context.notes.add("one field of the input is sent in two places", `${context.place}.${field}`);
  const query = parameters.filter((parameter) => parameter.in === "query").map((parameter) => String(parameter.name));
  const hint = pagesHint(given, query, { ...context, direction: "answer" });
  const lines = [
    comment(asText(given.summary) ?? id),
    ...(given.deprecated === true ? ["Deprecated by the third party."] : []),
    ...request.comments,
    ...body.comments,
    ...answers.comments,
  ];
  const options = withHeaders(request.options, [...body.headers, ...answers.headers]);
  return {
    imports: [...request.imports, ...body.imports, ...answers.imports],
    source: [
      `/**\n${lines.map((line) => ` * ${line}`).join("\n")}\n */`,
      `${key(name)}: call(${quoted(routeOf(operation))}, {`,
      ...[...options, ...body.options, ...answers.options].map((option) => `${option},`),
      ...(hint ? [`// Further pages, perhaps: ${hint},`] : []),
      "}),",
    ].join("\n"),
  };
}

/** Adds headers that content types need to those of the document. */
function withHeaders(options: readonly string[], headers: readonly string[]): readonly string[] {
  if (headers.length === 0) return options;
  const [declared, ...others] = options[0]?.startsWith("headers: ") ? options : [undefined, ...options];
  const inside = declared === undefined ? [] : [declared.slice("headers: { ".length, -" }".length)];
  return [`headers: { ${[...headers, ...inside].join(", ")} }`, ...others.filter((option) => option !== undefined)];
}

/** The named schemas that are used, each after those that it uses itself; one that contains itself is typed by hand, since TypeScript can't infer it. */
function declarationsOf(names: SchemaNames, used: ReadonlySet<string>, adapter: SchemaContext): readonly string[] {
  const done = new Set<string>();
  const lines: string[] = [];
  const declare = (id: string): void => {
    const named = names.byId(id);
    if (!named || done.has(id)) return;
    done.add(id);
    const inner = new Set<string>();
    const { zod, type } = schemaCode(named.schema, {
      ...adapter,
      direction: named.direction,
      place: named.name,
      uses: (other) => inner.add(other),
    });
    for (const other of inner) declare(other);
    lines.push(
      ...(named.recursive
        ? [`type ${named.name} = ${type};`, `const ${named.name}: z.ZodType<${named.name}, ${named.name}> = ${zod};`]
        : [`const ${named.name} = ${zod};`]),
      "",
    );
  };
  for (const id of used) declare(id);
  return lines;
}
