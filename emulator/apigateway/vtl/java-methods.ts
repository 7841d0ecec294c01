import { javaRegex, javaReplacement } from "./java-regex.ts";
import { isHost, numberOf, sameValue, toText, type VtlMap, type VtlValue } from "./values.ts";
import { VtlError } from "./vtl-error.ts";

type Methods<T> = Readonly<Record<string, (self: T, ...args: VtlValue[]) => VtlValue>>;

/**
 * Calls a method of a value as Java does: of a string, list, map, number, or host such as `$util`.
 * @param reference the template's expression, for error messages
 * @throws VtlError for an unknown method, where AWS prints the reference unchanged
 */
export function invoke(target: VtlValue, name: string, args: readonly VtlValue[], reference: string): VtlValue {
  if (target === null || target === undefined) return undefined;
  const methods = methodsOf(target);
  if (!Object.hasOwn(methods, name)) {
    throw new VtlError(
      `${reference}: the method "${name}" does not exist. Use one of ${Object.keys(methods).sort().join(", ")}.`,
    );
  }
  const method = methods[name] as (...args: unknown[]) => VtlValue;
  return isHost(target) ? method(...args) : method(target, ...args);
}

function methodsOf(target: Exclude<VtlValue, null | undefined>): Readonly<Record<string, unknown>> {
  if (isHost(target)) return target.methods;
  if (typeof target === "string") return STRING;
  if (Array.isArray(target)) return LIST;
  if (target instanceof Map) return MAP;
  return typeof target === "boolean" ? ANY : NUMBER;
}

const ANY: Methods<VtlValue> = {
  toString: (self: VtlValue) => toText(self),
  equals: (self, other) => sameValue(self, other),
};
const NUMBER: Methods<VtlValue> = {
  ...ANY,
  intValue: (self) => Math.trunc(numberOf(self)),
  longValue: (self) => Math.trunc(numberOf(self)),
  doubleValue: (self) => numberOf(self),
};

const index = (self: string, value: VtlValue, fallback: number) => {
  const at = value === undefined ? fallback : numberOf(value);
  if (!(Number.isInteger(at) && at >= 0 && at <= self.length)) {
    throw new VtlError(`the index ${toText(value)} is outside a string of ${self.length} characters. Check its length first.`);
  }
  return at;
};

/** https://docs.oracle.com/javase/8/docs/api/java/lang/String.html */
const STRING: Methods<string> = {
  ...(ANY as Methods<string>),
  length: (self) => self.length,
  isEmpty: (self) => self === "",
  charAt: (self, at) => self.charAt(index(self, at, 0)),
  concat: (self, other) => self + toText(other),
  contains: (self, part) => self.includes(toText(part)),
  startsWith: (self, part) => self.startsWith(toText(part)),
  endsWith: (self, part) => self.endsWith(toText(part)),
  indexOf: (self, part, from) => self.indexOf(toText(part), from === undefined ? 0 : numberOf(from)),
  lastIndexOf: (self, part) => self.lastIndexOf(toText(part)),
  equalsIgnoreCase: (self, other) => self.toLowerCase() === toText(other).toLowerCase(),
  compareTo: (self, other) => (self < toText(other) ? -1 : self > toText(other) ? 1 : 0),
  matches: (self, regex) => javaRegex(toText(regex), "whole").test(self),
  replace: (self, from, to) => self.replaceAll(toText(from), () => toText(to)),
  replaceAll: (self, regex, to) => self.replace(javaRegex(toText(regex), "find"), javaReplacement(toText(to))),
  replaceFirst: (self, regex, to) => {
    const { source, flags } = javaRegex(toText(regex), "find");
    return self.replace(new RegExp(source, flags.replace("g", "")), javaReplacement(toText(to)));
  },
  split: (self, regex, limit) => split(self, toText(regex), limit === undefined ? 0 : numberOf(limit)),
  substring: (self, from, to) => {
    const [start, end] = [index(self, from, 0), index(self, to, self.length)];
    if (start > end) throw new VtlError(`substring(${start}, ${end}) ends before it starts. Swap the two.`);
    return self.slice(start, end);
  },
  toLowerCase: (self) => self.toLowerCase(),
  toUpperCase: (self) => self.toUpperCase(),
  // Java's trim removes all characters up to U+0020, and no others.
  trim(self) {
    let [start, end] = [0, self.length];
    while (start < end && self.charCodeAt(start) <= 0x20) start++;
    while (end > start && self.charCodeAt(end - 1) <= 0x20) end--;
    return self.slice(start, end);
  },
};

/** Java drops trailing empty parts unless the limit is negative, and stops at a positive limit. */
function split(self: string, regex: string, limit: number): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const match of self.matchAll(javaRegex(regex, "find"))) {
    if (limit > 0 && parts.length === limit - 1) break;
    const end = match.index + match[0].length;
    if (end === 0 || (match[0] === "" && match.index === self.length)) continue;
    parts.push(self.slice(from, match.index));
    from = end;
  }
  parts.push(self.slice(from));
  while (limit === 0 && parts.length > 1 && parts.at(-1) === "") parts.pop();
  return parts;
}

const LIST: Methods<VtlValue[]> = {
  ...(ANY as Methods<VtlValue[]>),
  size: (self) => self.length,
  isEmpty: (self) => self.length === 0,
  get: (self, at) => self[numberOf(at)],
  set: (self, at, value) => self.splice(numberOf(at), 1, value)[0],
  add: (self, value) => {
    self.push(value);
    return true;
  },
  addAll: (self, values) => {
    if (!Array.isArray(values)) throw new VtlError(`addAll takes a list, not ${toText(values)}. Use add for one value.`);
    self.push(...values);
    return values.length > 0;
  },
  remove: (self, at) => {
    const place = typeof at === "number" ? at : self.findIndex((value) => sameValue(value, at));
    const [removed] = place < 0 ? [] : self.splice(place, 1);
    return typeof at === "number" ? removed : place >= 0;
  },
  contains: (self, value) => self.some((inner) => sameValue(inner, value)),
  indexOf: (self, value) => self.findIndex((inner) => sameValue(inner, value)),
  subList: (self, from, to) => self.slice(numberOf(from), numberOf(to)),
};

const MAP: Methods<VtlMap> = {
  ...(ANY as Methods<VtlMap>),
  size: (self) => self.size,
  isEmpty: (self) => self.size === 0,
  get: (self, key) => self.get(toText(key)),
  getOrDefault: (self, key, fallback) => (self.has(toText(key)) ? self.get(toText(key)) : fallback),
  put: (self, key, value) => {
    const before = self.get(toText(key));
    self.set(toText(key), value);
    return before ?? "";
  },
  putAll: (self, other) => {
    if (!(other instanceof Map)) throw new VtlError(`putAll takes a map, not ${toText(other)}. Use put for one key.`);
    for (const [key, value] of other) self.set(key, value);
    return "";
  },
  remove: (self, key) => {
    const before = self.get(toText(key));
    self.delete(toText(key));
    return before;
  },
  containsKey: (self, key) => self.has(toText(key)),
  containsValue: (self, value) => [...self.values()].some((inner) => sameValue(inner, value)),
  keySet: (self) => [...self.keys()],
  values: (self) => [...self.values()],
  entrySet: (self) =>
    [...self].map(
      ([key, value]) =>
        new Map<string, VtlValue>([
          ["key", key],
          ["value", value],
        ]),
    ),
  getKey: (self) => self.get("key"),
  getValue: (self) => self.get("value"),
};
