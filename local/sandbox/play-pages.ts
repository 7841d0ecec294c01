import { type AnyPages, fieldAt, type JsonSchema, stepsOf } from "../../model/index.ts";

/** The sandbox has this many pages of everything; what follows is empty. */
const PAGES = 2;

interface Played {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Makes the wanted page of an operation.
 * @param sample the body of a full page
 * @param schema of the body
 * @param given fields of query and body
 * @param self the address that was called
 */
export function playPage(
  pages: AnyPages,
  sample: unknown,
  schema: JsonSchema,
  given: Readonly<Record<string, unknown>>,
  self: URL,
): Played {
  switch (pages.by) {
    case "link": {
      const isLast = Number(self.searchParams.get("page") ?? 1) >= PAGES;
      const next = new URL(self);
      next.searchParams.set("page", "2");
      if (pages.from !== undefined) {
        const path = pathIn(schema, pages.from);
        return { body: withField(sample, path, isLast ? cursorsOf(schema, path).none : next.href), headers: {} };
      }
      return { body: sample, headers: isLast ? {} : { link: `<${next.href}>; rel="next"` } };
    }
    case "cursor": {
      const isFirst = given[pages.parameter] === undefined;
      const path = pathIn(schema, pages.from);
      const { next, none } = cursorsOf(schema, path);
      return { body: withField(sample, path, isFirst ? next : none), headers: {} };
    }
    case "last": {
      const isFirst = given[pages.parameter] === undefined;
      if (pages.more !== undefined) return { body: withField(sample, pathIn(schema, pages.more), isFirst), headers: {} };
      return { body: isFirst ? sample : withoutItems(sample, pages.items), headers: {} };
    }
    case "page": {
      const past = Number(given[pages.parameter] ?? pages.first ?? 1) >= (pages.first ?? 1) + PAGES;
      return { body: past ? withoutItems(sample, pages.items) : sample, headers: {} };
    }
    case "offset": {
      const items = pages.items === undefined ? sample : fieldAt(sample, pages.items);
      const past = Number(given[pages.parameter] ?? 0) >= PAGES * (Array.isArray(items) ? items.length : 1);
      return { body: past ? withoutItems(sample, pages.items) : sample, headers: {} };
    }
  }
}

const withoutItems = (sample: unknown, items: string | undefined) =>
  items === undefined ? [] : withField(sample, items.split("."), []);

interface Shape {
  readonly type?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

const pathIn = (schema: Shape, path: string): readonly string[] =>
  stepsOf(schema, path, (shape, field) => shape.properties?.[field]) ?? path.split(".");

/** @returns the cursor of the second page, and what stands there on the last one */
function cursorsOf(schema: Shape, path: readonly string[]): { readonly next: unknown; readonly none: unknown } {
  const parent = path.slice(0, -1).reduce<Shape | undefined>((shape, field) => shape?.properties?.[field], schema);
  const last = path.at(-1) ?? "";
  const shape = parent?.properties?.[last];
  const types = [shape, ...(shape?.anyOf ?? [])].flatMap((part) => part?.type ?? []);
  const isNumber = types.includes("integer") || types.includes("number");
  const isRequired = parent?.required?.includes(last) ?? false;
  return { next: isNumber ? 2 : "sandbox-page-2", none: isRequired ? (types.includes("null") ? null : "") : undefined };
}

/** @param value `undefined` leaves the field out */
function withField(sample: unknown, [field = "", ...rest]: readonly string[], value: unknown): unknown {
  if (typeof sample !== "object" || sample === null) return sample;
  const fields = sample as Readonly<Record<string, unknown>>;
  if (rest.length > 0) return { ...fields, [field]: withField(fields[field] ?? {}, rest, value) };
  const { [field]: _, ...others } = fields;
  return value === undefined ? others : { ...fields, [field]: value };
}
