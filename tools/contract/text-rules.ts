import { createHash } from "node:crypto";
import fc from "fast-check";
import * as z from "zod";

/** A rule of zod as plain data: `format`, and what narrows it. A pattern is written with its flags; of a function there is a hash. */
export type TextRule = Readonly<Record<string, string | number | boolean>>;

/** Not rules: words for people, and what the rest of the shape holds. */
const IGNORED: ReadonlySet<string> = new Set(["type", "check", "checks", "error", "abort", "when"]);

/** @param definition of a check, or of a schema of text */
export function ruleOf(definition: object): TextRule {
  const entries = Object.entries(definition)
    .filter(([name, value]) => !IGNORED.has(name) && value !== undefined)
    .map(([name, value]) => [name, plain(value)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function plain(value: unknown): string | number | boolean {
  if (value instanceof RegExp) return String(value);
  if (typeof value === "function") return `function ${createHash("sha256").update(String(value)).digest("hex").slice(0, 16)}`;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : JSON.stringify(value);
}

/** Formats that zod checks by their pattern alone. */
const BY_PATTERN: ReadonlySet<string> = new Set([
  ...["regex", "starts_with", "ends_with", "lowercase", "uppercase", "template_literal", "email", "guid", "uuid", "nanoid"],
  ...["cuid", "cuid2", "ulid", "xid", "ksuid", "emoji", "ipv4", "cidrv4", "mac", "e164", "datetime", "date", "time", "duration"],
]);
type Options = Readonly<Record<string, unknown>>;
/** Formats that zod checks by code. */
const BY_CODE: Readonly<Record<string, (options: Options) => z.ZodType>> = {
  url: (options) => z.url(options),
  ipv6: () => z.ipv6(),
  cidrv6: () => z.cidrv6(),
  base64: () => z.base64(),
  base64url: () => z.base64url(),
  jwt: (options) => z.jwt(options),
};

/** @returns whether the text has this rule; `undefined` where only zod's own code knows */
export function obeys(text: string, rule: TextRule): boolean | undefined {
  const { format, includes, position, pattern } = rule;
  if (format === "includes") return text.includes(String(includes), Number(position ?? 0));
  const byCode = Object.hasOwn(BY_CODE, String(format)) ? BY_CODE[String(format)] : undefined;
  if (byCode)
    return byCode(Object.fromEntries(Object.entries(rule).map(([name, value]) => [name, revived(value)]))).safeParse(text)
      .success;
  const regex = revived(pattern);
  return regex instanceof RegExp && BY_PATTERN.has(String(format)) ? regex.test(text) : undefined;
}

function revived(value: unknown): unknown {
  const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(String(value)) ?? [];
  return source === undefined ? value : new RegExp(source, flags);
}

/** Texts of formats, as their documentation shows them; those of patterns are generated. */
const SAMPLES = [
  ...[
    "a@b.co",
    "https://example.com/",
    "http://example.com/",
    "6d1f0d61-0a58-4c4f-9a5c-1c6ab3b5d0f1",
    "10.0.0.1",
    "::1",
    "10.0.0.0/8",
    "::/32",
  ],
  ...[
    "2026-11-28",
    "10:00:00",
    "10:00",
    "2026-11-28T10:00:00Z",
    "2026-11-28T10:00:00+02:00",
    "2026-11-28T10:00:00",
    "PT1H",
    "YQ==",
    "YQ",
    "+351912345678",
  ],
  ...[
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "cjld2cjxh0000qzrmn831i7rn",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
  ],
  ...["V1StGXR8_Z5jdHi6B-myT", "0ujtsYcgvSTl8PAuAdqWYSMnLOv", "9m4e2mr0ui3e8a215n4g", "00:1A:2B:3C:4D:5E"],
];
const PER_PATTERN = 12;

/** @returns texts that may have the rules: the caller has to hold them against these */
export function textsFor(rules: readonly TextRule[]): readonly string[] {
  if (rules.length === 0) return [];
  const literal = rules.flatMap(({ prefix = "", includes = "", suffix = "" }) => [`${prefix}${includes}${suffix}`]);
  return [...literal, ...SAMPLES, ...rules.flatMap(({ pattern }) => matching(revived(pattern)))];
}

const generated = new Map<string, readonly string[]>();

/** fast-check generates no look-around and few flags. */
function matching(pattern: unknown): readonly string[] {
  if (!(pattern instanceof RegExp)) return [];
  const known = generated.get(String(pattern));
  if (known) return known;
  const texts = sampled(pattern);
  generated.set(String(pattern), texts);
  return texts;
}

function sampled({ source, flags }: RegExp): readonly string[] {
  try {
    return fc.sample(fc.stringMatching(new RegExp(source, flags.replace(/[gimy]/g, ""))), { numRuns: PER_PATTERN, seed: 1 });
  } catch {
    return [];
  }
}
