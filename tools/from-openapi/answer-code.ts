import { rootCode, typeArgument } from "./body-code.ts";
import { joined, nullableCode, type SchemaContext, within } from "./code.ts";
import { asJson, asText, type Json } from "./document.ts";
import { isJsonType, orderedTypes } from "./media-types.ts";
import { comment } from "./names.ts";
import type { Written } from "./request-code.ts";

interface Answers extends Written {
  readonly headers: readonly string[];
}

/** Answers to the hub's own rules: it authenticates anew, waits or calls again. */
const BY_THE_HUB = ["401", "403", "408", "425", "429"];

/** `returns` and `errors`. */
export function answersCode({ responses }: Json, method: string, context: SchemaContext): Answers {
  const all = Object.entries(asJson(responses)).map(([status, given]) => [status, context.api.resolve(given).value] as const);
  const successes = all.filter(([status]) => /^2(\d\d|XX)$/i.test(status));
  const imports = new Set<string>();
  const returns =
    method === "head"
      ? "nothing()"
      : successCode(
          successes.map(([, answer]) => answer),
          context,
          imports,
        );
  if (returns === "nothing()") imports.add("nothing");
  const declared = all.filter(([status]) => /^4\d\d$/.test(status) && !BY_THE_HUB.includes(status));
  const errors = declared.map(([status, answer]) => `${status}: ${answerCode(answer, within(context, status), imports)}`);
  const others = all
    .map(([status]) => status)
    .filter((status) => !/^2/.test(status) && !declared.some(([known]) => known === status));
  const headers = [
    ...new Set(
      successes.flatMap(([, answer]) => Object.keys(asJson(answer.headers)).filter((name) => !/^access-control-/i.test(name))),
    ),
  ];
  return {
    options: [`returns: ${returns}`, ...(errors.length > 0 ? [`errors: { ${errors.join(", ")} }`] : [])],
    comments: [
      ...(others.length > 0 ? [`Also documented, and left to the hub's rules: ${others.map(comment).join(", ")}.`] : []),
      ...(headers.length > 0 ? [`Headers of the answer, for withHeaders(): ${headers.map(comment).join(", ")}.`] : []),
    ],
    imports: [...imports],
    headers: acceptOf(successes.map(([, answer]) => answer)),
  };
}

/** The hub asks for `application/json` unless a header says other. */
function acceptOf(answers: readonly Json[]): readonly string[] {
  const [type] = answers.flatMap(({ content }) => orderedTypes(asJson(content)).slice(0, 1));
  return type !== undefined && isJsonType(type) && type !== "application/json" ? [`Accept: ${JSON.stringify(type)}`] : [];
}

/** Several statuses with different contents are a union; one without content makes the answer nullable. */
function successCode(answers: readonly Json[], context: SchemaContext, imports: Set<string>): string {
  const withContent = answers.filter(({ content }) => Object.keys(asJson(content)).length > 0);
  if (withContent.length === 0) {
    if (answers.length === 0) context.notes.add("no answer of success is documented", context.place);
    return "nothing()";
  }
  const json = withContent.filter(({ content }) => isJsonType(orderedTypes(asJson(content))[0] ?? ""));
  const [first = {}] = withContent;
  if (json.length < withContent.length) {
    if (answers.length > 1) context.notes.add("answers of several contents: the first one is declared", context.place);
    return answerCode(first, context, imports);
  }
  const code = joined(json.map((answer) => context.write(schemaOf(answer), context)));
  return (json.length < answers.length ? nullableCode(code) : code).zod;
}

const schemaOf = ({ content }: Json) => asJson(asJson(content)[orderedTypes(asJson(content))[0] ?? ""]).schema;

function answerCode(answer: Json, context: SchemaContext, imports: Set<string>): string {
  const [type, ...others] = orderedTypes(asJson(answer.content));
  if (others.length > 0) context.notes.add(`an answer may be ${others.join(", ")} as well`, context.place);
  const use = (name: string, code: string) => {
    imports.add(name);
    return code;
  };
  if (type === undefined) return use("nothing", "nothing()");
  if (isJsonType(type)) return context.write(schemaOf(answer), context).zod;
  if (/[/+]xml$/.test(type)) return use("xml", `xml(${rootCode(schemaOf(answer), context)})`);
  if (type.startsWith("text/")) return use("text", `text(${typeArgument(type, "text/plain")})`);
  return use("bytes", `bytes(${typeArgument(type, "application/octet-stream")})`);
}

/** @returns how further pages may be found, as a suggestion: what names them is not part of OpenAPI */
export function pagesHint({ responses }: Json, query: readonly string[], context: SchemaContext): string | undefined {
  const answers = Object.entries(asJson(responses)).flatMap(([status, given]) =>
    /^2/.test(status) ? [context.api.resolve(given).value] : [],
  );
  const hasLink = answers.some(({ headers }) => Object.keys(asJson(headers)).some((name) => name.toLowerCase() === "link"));
  const named = (names: RegExp) => query.find((name) => names.test(name));
  const cursor = named(/^(cursor|page_?token|starting_after|after|next_?token|continuation_?token|bookmark)$/i);
  const page = named(/^(page|page_?number)$/i);
  const offset = named(/^(offset|skip|start_?at)$/i);
  if (hasLink) return 'pages: { by: "link", atMost: 100 }';
  if (cursor)
    return `pages: { by: "cursor", from: "${asText(nextField(answers, context)) ?? "next"}", parameter: ${JSON.stringify(cursor)} }`;
  if (page) return `pages: { by: "page", parameter: ${JSON.stringify(page)}, first: 1 }`;
  return offset ? `pages: { by: "offset", parameter: ${JSON.stringify(offset)} }` : undefined;
}

function nextField(answers: readonly Json[], { api }: SchemaContext): string | undefined {
  const [schema] = answers.map((answer) => api.resolve(schemaOf(answer)).value);
  return Object.keys(asJson(schema?.properties)).find((name) => /next/i.test(name));
}
