import { BodyNotJsonError, VtlError } from "./vtl-error.ts";

/** An object with methods and properties, such as `$util`. */
export interface Host {
  readonly kind: "host";
  /** Name in templates, such as `$util`. */
  readonly name: string;
  readonly properties: Readonly<Record<string, () => VtlValue>>;
  readonly methods: Readonly<Record<string, (...args: VtlValue[]) => VtlValue>>;
}
/** A number whose text JavaScript would change, such as 12345678901234567890 or 1.0; keeps its source text. */
interface RawNumber {
  readonly rawJSON: string;
}
/** A value in a template. Objects are Maps, so that a key of a body can't access JavaScript's built-in properties. */
export type VtlValue = string | number | boolean | null | undefined | RawNumber | VtlValue[] | VtlMap | Host;
export type VtlMap = Map<string, VtlValue>;

// JSON.rawJSON and the reviver's third argument (ES2025) exist since Node 21 but not in TypeScript's ES2024 library.
const JsonText = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/** Maximum nesting of JSON, the default of the Java library Jackson. https://github.com/FasterXML/jackson-core/wiki/JsonParser-Features */
const MAX_DEPTH = 1_000;

/** @throws SyntaxError when brackets outside strings nest deeper than API Gateway's parser allows, even if the text is not valid JSON */
export function assertDepth(text: string): void {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|[[\]{}]/g)) {
    if (token === "]" || token === "}") depth -= 1;
    else if ((token === "[" || token === "{") && ++depth > MAX_DEPTH)
      throw new SyntaxError(`it is nested more than ${MAX_DEPTH} levels deep`);
  }
}

/** Parses JSON; numbers keep their text. @throws BodyNotJsonError when the text is not JSON or is nested too deeply */
export function parseJson(text: string): VtlValue {
  try {
    assertDepth(text);
    const keepNumbers = (_: string, value: unknown, { source }: { source?: string }) =>
      typeof value === "number" && source !== undefined && source !== String(value) ? JsonText.rawJSON(source) : value;
    return toVtl(JsonText.parse(text, keepNumbers));
  } catch (error) {
    throw new BodyNotJsonError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * `$context.requestOverride` or `$context.responseOverride`, and each map in it: "An override may only be applied to each parameter once. If
 * you try to override the same parameter multiple times, API Gateway returns a 5XX response."
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
 * The page does not say whether names that differ only in case are the same header. HTTP says so, and refusing both is the safe side.
 */
export class OverrideMap extends Map<string, VtlValue> {
  readonly #path: string;
  readonly #set = new Set<string>();

  /** @param path of the map in templates, such as `$context.responseOverride` */
  constructor(path: string, children: readonly string[]) {
    super(children.map((name) => [name, new OverrideMap(`${path}.${name}`, [])]));
    this.#path = path;
    for (const name of children) this.#set.add(name);
  }

  /** @throws VtlError when the parameter was overridden before */
  override set(name: string, value: VtlValue): this {
    // The constructor of Map calls this before the fields of this class exist.
    if (!(#set in this)) return super.set(name, value);
    const parameter = name.toLowerCase();
    if (this.#set.has(parameter))
      throw new VtlError(
        `${this.#path}.${name} is overridden a second time, which API Gateway answers with a 5XX. Set a variable, and override once at the end of the template.`,
      );
    this.#set.add(parameter);
    return super.set(name, value);
  }
}

/** Converts plain data to a template's value. */
export function toVtl(value: unknown): VtlValue {
  if (Array.isArray(value)) return value.map(toVtl);
  if (typeof value === "object" && value !== null && !JsonText.isRawJSON(value)) {
    return new Map(Object.entries(value).map(([key, inner]) => [key, toVtl(inner)]));
  }
  return value as VtlValue;
}

/** @returns JSON without whitespace; numbers as in the source */
export function toJson(value: VtlValue): string {
  if (Array.isArray(value)) return `[${value.map((inner) => toJson(inner)).join(",")}]`;
  if (value instanceof Map) return `{${[...value].map(([key, inner]) => `${quoted(key)}:${toJson(inner)}`).join(",")}}`;
  return typeof value === "string" ? quoted(value) : JSON.stringify(value ?? null);
}

/** JSON of a string. JavaScript escapes an unpaired surrogate; Java and therefore templates do not. */
const quoted = (text: string) =>
  JSON.stringify(text).replace(/\\(?:\\|u(d[89a-f][0-9a-f]{2}))/g, (whole, code?: string) =>
    code === undefined ? whole : String.fromCharCode(Number.parseInt(code, 16)),
  );

/** The text that a reference prints: the result of Java's `toString`. */
export function toText(value: VtlValue): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map(toText).join(", ")}]`;
  if (value instanceof Map) return `{${[...value].map(([key, inner]) => `${key}=${toText(inner)}`).join(", ")}}`;
  if (isHost(value)) return value.name;
  return JsonText.isRawJSON(value) ? value.rawJSON : String(value);
}

/** Java's `equals` for the values of a template. */
export function sameValue(a: VtlValue, b: VtlValue): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || isHost(a) || isHost(b)) return false;
  return toJson(a) === toJson(b);
}

export function isHost(value: VtlValue): value is Host {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "host";
}

export function numberOf(value: VtlValue): number {
  return typeof value === "number" ? value : Number(JsonText.isRawJSON(value) ? value.rawJSON : value);
}
