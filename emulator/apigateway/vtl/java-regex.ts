import { VtlError } from "./vtl-error.ts";

const POSIX: Readonly<Record<string, string>> = {
  Alpha: "a-zA-Z",
  Digit: "0-9",
  Alnum: "a-zA-Z0-9",
  Upper: "A-Z",
  Lower: "a-z",
  Punct: "!-\\/:-@\\[-`\\{-~",
  Space: "\\t\\n\\v\\f\\r ",
  XDigit: "0-9a-fA-F",
  ASCII: "\\x00-\\x7F",
  Cntrl: "\\x00-\\x1F\\x7F",
};
const cache = new Map<string, RegExp>();

/**
 * Translates a Java regular expression to JavaScript.
 * @param mode `find` for replaceAll and split; `whole` for `matches`, which matches the whole string
 * @throws VtlError for features that only Java has (possessive quantifiers, atomic groups, class intersections)
 * Source: https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html
 */
export function javaRegex(pattern: string, mode: "find" | "whole"): RegExp {
  const key = `${mode} ${pattern}`;
  const cached = cache.get(key);
  if (cached) {
    cached.lastIndex = 0;
    return cached;
  }
  const [, letters = "", rest = ""] = /^(?:\(\?([ismu]+)\))?([\s\S]*)$/.exec(pattern) ?? [];
  const flags = `g${[...new Set(letters.replace("u", ""))].join("")}u`;
  const source = translate(rest, pattern);
  try {
    const regex = new RegExp(mode === "whole" ? `^(?:${source})$` : source, flags);
    if (cache.size < 1_000) cache.set(key, regex);
    return regex;
  } catch (error) {
    throw new VtlError(`the regular expression "${pattern}" can't be translated to JavaScript: ${(error as Error).message}`);
  }
}

/** Java allows escaping any non-letter, and unescaped braces; JavaScript's `u` mode allows neither. */
function translate(pattern: string, whole: string): string {
  let out = "";
  let depth = 0; // nesting of character classes
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === "\\") {
      const [text, length] = escapeAt(pattern.slice(at), depth > 0, whole);
      out += text;
      at += length - 1;
    } else if (depth > 0) {
      if (char === "[" || pattern.startsWith("&&", at)) throw javaOnly(whole, "nested or intersected character classes");
      if (char === "]") depth--;
      out += char;
    } else if (char === "[") {
      depth++;
      const [opening] = /^\[\^?\]?/.exec(pattern.slice(at)) as RegExpExecArray;
      out += opening.replace("]", "\\]");
      at += opening.length - 1;
    } else if (/^(?:[*+?]|\{\d+,?\d*\})\+/.test(pattern.slice(at))) {
      throw javaOnly(whole, "possessive quantifiers");
    } else if (pattern.startsWith("(?>", at)) {
      throw javaOnly(whole, "atomic groups");
    } else if (char === "]" || (char === "}" && !/\{\d+,?\d*$/.test(pattern.slice(0, at)))) {
      out += `\\${char}`;
    } else {
      out += char;
    }
  }
  return out;
}

function escapeAt(text: string, inClass: boolean, whole: string): [string, number] {
  const next = text[1];
  if (next === undefined) throw new VtlError(`"${whole}" ends in a lone backslash. Escape it with another one.`);
  if (next === "Q") {
    const end = text.indexOf("\\E", 2);
    const quoted = end < 0 ? text.slice(2) : text.slice(2, end);
    return [
      quoted.replace(/[\\^$.*+?()[\]{}|/-]/g, (c) => (c === "-" && !inClass ? c : `\\${c}`)),
      end < 0 ? text.length : end + 2,
    ];
  }
  if (next === "A" || next === "z") return [next === "A" ? "(?<![\\s\\S])" : "(?![\\s\\S])", 2];
  if (next === "Z") return ["(?=\\n?(?![\\s\\S]))", 2];
  const posix = /^\\p\{(\w+)\}/.exec(text);
  if (posix && Object.hasOwn(POSIX, posix[1] as string)) {
    const range = POSIX[posix[1] as string] as string;
    return [inClass ? range : `[${range}]`, posix[0].length];
  }
  if (/[a-zA-Z0-9]/.test(next)) return [text.slice(0, 2), 2];
  const syntax = /[\\^$.*+?()[\]{}|/]/.test(next) || (inClass && next === "-");
  return [syntax ? text.slice(0, 2) : next, 2];
}

const javaOnly = (pattern: string, feature: string) =>
  new VtlError(`"${pattern}" uses ${feature}, which only Java has. Write it without them.`);

/** Translates a Java replacement string: `$1` is a group; a backslash makes the next character literal. */
export function javaReplacement(replacement: string): (match: string, ...rest: unknown[]) => string {
  const parts: (string | number)[] = [];
  for (const [, escaped, group, literal] of replacement.matchAll(/\\([\s\S])|\$(\d)|([\s\S])/g)) {
    if (literal === "$" || literal === "\\")
      throw new VtlError(`the replacement "${replacement}" has a lone "${literal}". Escape it with a backslash.`);
    parts.push(group === undefined ? (escaped ?? literal ?? "") : Number(group));
  }
  return (match, ...groups) =>
    parts.map((part) => (typeof part === "string" ? part : part === 0 ? match : String(groups[part - 1] ?? ""))).join("");
}
