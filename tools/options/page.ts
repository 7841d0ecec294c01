import { DEFAULT_MOST_PAGES, DEFAULT_RETRY } from "../../model/index.ts";
import { type Declared, declaredOptions, type Option } from "./declarations.ts";

/** The functions of which the page has a table: how they are called, and the page that explains them. */
const SECTIONS: readonly {
  readonly call: string;
  readonly of: string;
  readonly overload?: number;
  readonly title?: string;
  readonly see: string;
}[] = [
  { call: 'flow("name", { … })', of: "flow", see: "[writing a flow](flows.md)" },
  { call: 'event("Name", schema, { … })', of: "event", see: "[events](flows.md#events)" },
  { call: 'api("POST /path", { … })', of: "api", overload: 0, see: "[API routes](flows.md#api-routes)" },
  {
    call: 'api("GET /path", { mode: "sync", … })',
    of: "api",
    overload: 1,
    title: "A synchronous api",
    see: "[synchronous endpoints](flows.md#synchronous-endpoints)",
  },
  { call: 'webhook("POST /path", { … })', of: "webhook", see: "[webhooks](webhooks.md)" },
  { call: "hmac({ … })", of: "hmac", see: "[webhooks](webhooks.md), with the presets, which take some of these options" },
  { call: 'schedule("rate(5 minutes)", { … })', of: "schedule", see: "[schedules](flows.md#schedules)" },
  { call: 'poll("rate(5 minutes)", { … })', of: "poll", see: "[polls](flows.md#polls)" },
  { call: "step({ … })", of: "step", see: "[steps](flows.md#steps)" },
  { call: "join({ … }, { … })", of: "join", see: "[joins](flows.md#joins)" },
  { call: "join.all(Event, { … })", of: "joinAll", title: "join.all", see: "[counted joins](flows.md#counted-joins)" },
  { call: 'adapter("name", { … })', of: "adapter", see: "[third parties](third-parties.md)" },
  { call: 'connection("name", { … })', of: "connection", see: "[connections](third-parties.md#connections)" },
  {
    call: 'call("GET /path", { … })',
    of: "call",
    see: "[requests](third-parties.md#requests) and [answers](third-parties.md#answers)",
  },
];
export const EXPLAINED: readonly string[] = [...new Set(SECTIONS.map(({ of }) => of))];

/** Types that only mean something within the model, in words. */
const WORDS: readonly (readonly [type: RegExp, words: string])[] = [
  [/^\(.*=>/, "function"],
  [/^(On)$/, "event, `when(…)` or `join(…)`"],
  [/^(Event|AnyEvent|Of)$/, "event"],
  [/^Emits$|^Imports$/, "list of events"],
  [/^Events$/, "events by name"],
  [/^Uses\b/, "adapters by name"],
  [/^Triggers$/, "triggers by name"],
  [/^Wired</, "steps by name"],
  [/^Ops$/, "operations by name"],
  [/^\[Key,/, "names of keys"],
  [/^Returns$/, "schema or content"],
  [/^Body$/, "schema or content"],
  [/^Errors$/, "answers by status"],
  [/^(Query|Request|Answer|Cursor)$/, "zod object"],
  [/^z\.input</, "value of that schema"],
  [/^Headers$/, "header values by name"],
  [/^(Paging|\{.*\}|Retry|Admission|Slo|Statuses|WebhookAnswer|HeaderLayout|SerialOf<On>)$/, "object"],
  [/^(Key|Version|Parameter|CommonKey<Parts> & string|CountField<.*)$/, "name of a field"],
  [/FieldPath</, "path"],
  [/^QueryNames</, "names of fields"],
  [/^\(keyof /, "names of fields"],
  [/^Example</, "sample or function"],
  [/^Lifts</, "lifts by version"],
  [/^Data$/, "payload"],
  [/^number\[\]$/, "list of numbers"],
  [/^string\[\]$/, "list of texts"],
  [/^string$/, "text"],
  [/^string \| SecretUrl$/, "text or `secretUrl(…)`"],
  [/^Duration$/, "duration"],
  [/^Percentage$/, "percentage"],
  [/^(Signature|Auth|CallerAuth)$/, "made by a function"],
  [/^Readonly<Record<string, string \| FromSecret>>$/, "text or `fromSecret(…)` by header"],
  [/^HmacSignature\["algorithm"\]$/, '`"sha1"`, `"sha256"`, `"sha384"` or `"sha512"`'],
  [/^HmacSignature\["encoding"\]$/, '`"hex"` or `"base64"`'],
  [/^HmacSignature\["key"\]$/, '`"text"` or `"base64"`'],
  [/^QueryLists$/, '`"repeat"`, `"comma"` or `"brackets"`'],
  [/^BodyForm$/, '`"json"`, `"form"` or `"form-payload"`'],
  [/^Place$/, "`body:…` or `header:…`"],
  [/^DeliveryId\[\]$/, "list of places"],
];

/** @returns docs/options.md */
export function optionsPage(): string {
  const declared = declaredOptions();
  return `${[
    "# Every option",
    "",
    "`npm run docs` writes this page from the types and docstrings of `model/`. A duration is a number and a unit, such as",
    '`"30 seconds"`: seconds, minutes, hours or days. A value out of its range is refused at load with the code in the column',
    "*error* ([errors](errors.md)); what the compiler refuses has none.",
    ...SECTIONS.flatMap(({ call, of, overload, title = of, see }) => {
      const found = declared.filter(({ name }) => name === of);
      const parts = overload === undefined ? found : found.slice(overload, overload + 1);
      return ["", `## ${title}`, "", `\`${call}\`; see ${see}.`, "", ...tableOf(parts)];
    }),
  ].join("\n")}\n`;
}

/** The code with which a value out of its range is refused. */
export const errorOf = ({ type, tags }: Option): string =>
  tags.error ?? (tags.range === undefined ? "" : type === "Duration" ? "DURATION" : "RANGE");

/** @returns the options of a function by name, those of its overloads together */
export function optionsOf(parts: readonly Declared[]): readonly Option[] {
  const all = new Map<string, Option>();
  for (const option of parts.flatMap(({ options }) => options)) {
    const before = all.get(option.name);
    const isEverywhere = parts.every(({ options }) => options.some(({ name }) => name === option.name));
    const optional = option.optional || before?.optional || !isEverywhere;
    const type = [...new Set([before?.type, option.type].filter((text) => text !== undefined))].join(" | ");
    all.set(option.name, { ...option, ...before, type: before?.type ?? type, optional });
  }
  return [...all.values()];
}

const tableOf = (parts: readonly Declared[]) => [
  "| option | type | default | range | error | meaning |",
  "|---|---|---|---|---|---|",
  ...optionsOf(parts).map((option) => {
    const { name, type, optional, meaning, tags } = option;
    const byDefault = optional ? defaultOf(tags) : "required";
    const error = errorOf(option);
    const cells = [`\`${name}\``, wordsOf(type), coded(byDefault), tags.range ?? "", error && `\`${error}\``, meaning];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  }),
];

/** Constants of the model that docstrings name as a default, in words. */
const CONSTANTS: Readonly<Record<string, string>> = {
  DEFAULT_MOST_PAGES: String(DEFAULT_MOST_PAGES),
  DEFAULT_RETRY: `${DEFAULT_RETRY.attempts} attempts, ${DEFAULT_RETRY.backoff}, ${DEFAULT_RETRY.ceiling}`,
};

/** A default in words, with the value of a constant that it links to: `{@link DEFAULT_RETRY}`. */
export const defaultOf = ({ default: text = "none" }: Option["tags"]): string =>
  text.replaceAll(/\{@link (\w+)\}/g, (link, name: string) => {
    const words = CONSTANTS[name];
    if (words === undefined)
      throw new Error(`docs/options.md: ${link} has no words. Add them to CONSTANTS in tools/options/page.ts.`);
    return words;
  });

/** A default that is a value stands as code. */
const coded = (text: string) => (/^("[^"]*"|\d+|true|false|\{\}|\w+\(\))$/.test(text) ? `\`${text}\`` : text);

function wordsOf(type: string): string {
  const words = WORDS.find(([pattern]) => pattern.test(type))?.[1];
  if (words !== undefined) return words;
  if (["number", "boolean"].includes(type)) return type;
  return type
    .split(" | ")
    .map((part) => `\`${part}\``)
    .join(" or ");
}
