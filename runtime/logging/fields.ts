import { textOf } from "../errors.ts";
import { errorValue } from "./error-fields.ts";

const UNREADABLE = "(a value that can't be read)";

/** What a handler logs must not fail its step: a field that can't be read, or has no JSON, is replaced. */
export function readable(fields: unknown): Readonly<Record<string, unknown>> {
  if (fields === undefined || fields === null) return {};
  if (typeof fields !== "object") return { fields: textOf(fields) };
  return Object.fromEntries(
    namesOf(fields).map((name) => [name === "timestamp" ? "fields.timestamp" : name, fieldOf(fields, name)]),
  );
}

function namesOf(fields: object): readonly string[] {
  try {
    return Object.keys(fields);
  } catch {
    return [];
  }
}

function fieldOf(fields: object, name: string): unknown {
  try {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    if (value instanceof Error) return errorValue(value);
    if (typeof value === "bigint") return String(value);
    return typeof value === "object" && value !== null ? jsonValue(value) : value;
  } catch {
    return UNREADABLE;
  }
}

/** @returns a copy without what JSON can't hold: circles and big integers; errors have no enumerable properties, JSON would show `{}` */
function jsonValue(value: object): unknown {
  const above: object[] = [];
  const text = JSON.stringify(value, function (this: object, _, inner: unknown) {
    if (typeof inner === "bigint") return String(inner);
    if (inner instanceof Error) return errorValue(inner);
    if (typeof inner !== "object" || inner === null) return inner;
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (above.includes(inner)) return "[Circular]";
    above.push(inner);
    return inner;
  });
  return text === undefined ? undefined : JSON.parse(text);
}
