import { assertDepth } from "../json-depth.ts";
import { BodyNotJsonError } from "./vtl-error.ts";

/** An object such as `$util` that a template calls methods of; anything it does not have is an error. */
export interface Host {
  readonly kind: "host";
  /** As the template names it, such as `$util`. */
  readonly name: string;
  readonly properties: Readonly<Record<string, () => VtlValue>>;
  readonly methods: Readonly<Record<string, (...args: VtlValue[]) => VtlValue>>;
}
/** A number whose text JavaScript would change, such as 12345678901234567890 or 1.0. */
interface RawNumber {
  readonly rawJSON: string;
}
/** What a template works with: objects are Maps, so that no key of a body can reach JavaScript's own properties. */
export type VtlValue = string | number | boolean | null | undefined | RawNumber | VtlValue[] | VtlMap | Host;
export type VtlMap = Map<string, VtlValue>;

// ES2025's JSON.rawJSON and the reviver's third argument: Node 21 and later have them, TypeScript's ES2024 library has not.
const JsonText = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/** @throws BodyNotJsonError when the text is not JSON, or nested too deep */
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

/** Plain data as a template sees it. */
export function toVtl(value: unknown): VtlValue {
  if (Array.isArray(value)) return value.map(toVtl);
  if (typeof value === "object" && value !== null && !JsonText.isRawJSON(value)) {
    return new Map(Object.entries(value).map(([key, inner]) => [key, toVtl(inner)]));
  }
  return value as VtlValue;
}

/** @returns JSON without blanks, numbers as they were written */
export function toJson(value: VtlValue): string {
  if (Array.isArray(value)) return `[${value.map((inner) => toJson(inner)).join(",")}]`;
  if (value instanceof Map) return `{${[...value].map(([key, inner]) => `${quoted(key)}:${toJson(inner)}`).join(",")}}`;
  return typeof value === "string" ? quoted(value) : JSON.stringify(value ?? null);
}

/** JavaScript escapes half a surrogate pair; Java writes it as it is, and templates have to see it. */
const quoted = (text: string) =>
  JSON.stringify(text).replace(/\\(?:\\|u(d[89a-f][0-9a-f]{2}))/g, (whole, code?: string) =>
    code === undefined ? whole : String.fromCharCode(Number.parseInt(code, 16)),
  );

/** What Java's `toString` gives, and so what a reference prints. */
export function toText(value: VtlValue): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map(toText).join(", ")}]`;
  if (value instanceof Map) return `{${[...value].map(([key, inner]) => `${key}=${toText(inner)}`).join(", ")}}`;
  if (isHost(value)) return value.name;
  return JsonText.isRawJSON(value) ? value.rawJSON : String(value);
}

/** Java's `equals`, for what a template can hold. */
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
