import type { Operation } from "../adapter.ts";
import { jsonSchema } from "../json-schema.ts";
import { stepsOf } from "../pages.ts";
import { checkWholeNumber } from "./check-values.ts";
import { type Problem, problem } from "./problem.ts";

interface Shape {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

/** How an operation's further pages are found. */
export function* checkPages(where: string, { pages, query, body, bodyIsField, returns, reads }: Operation): Iterable<Problem> {
  if (pages === undefined) return;
  const place = `${where}, pages`;
  yield* checkWholeNumber({ where: `${place}, atMost`, value: pages.atMost, within: [1, 10_000] });
  if (pages.by === "link" && pages.from === undefined) return;
  if (reads.content !== undefined)
    yield problem("ADAPTER", place, "only pages of JSON can be followed by what they hold", 'Follow others by: "link"');
  const fields = [query, bodyIsField ? undefined : body].flatMap((schema) => (schema ? Object.keys(propertiesOf(schema)) : []));
  if (pages.by !== "link" && !fields.includes(pages.parameter))
    yield problem("ADAPTER", place, `its input has no field "${pages.parameter}"`, "Declare the parameter in `query` or `body`");
  const page = shapeOf(returns);
  const unknown = (path: string | undefined, what = "its answer") =>
    problem("ADAPTER", place, `${what} has no field "${path}"`, "Name a field that `returns` declares");
  const path = pages.by === "cursor" || pages.by === "link" ? pages.from : pages.items;
  const found = shapeAt(page, path);
  if (found === undefined) return yield unknown(path);
  if (pages.by === "cursor" || pages.by === "link") return;
  if (found.type !== "array")
    yield problem(
      "ADAPTER",
      place,
      `${path === undefined ? "the page" : `"${path}"`} is no list`,
      "Name the field that holds the items",
    );
  if (pages.by !== "last") return;
  if (found.type === "array" && shapeAt(found.items, pages.from) === undefined) yield unknown(pages.from, "an item");
  if (pages.more !== undefined && shapeAt(page, pages.more) === undefined) yield unknown(pages.more);
}

const below = (shape: Shape, field: string) =>
  shape.properties && Object.hasOwn(shape.properties, field) ? shape.properties[field] : undefined;

function shapeAt(shape: Shape | undefined, path: string | undefined): Shape | undefined {
  if (shape === undefined || path === undefined) return shape;
  return stepsOf(shape, path, below)?.reduce<Shape | undefined>((at, field) => at && below(at, field), shape);
}

const propertiesOf = (schema: Parameters<typeof jsonSchema>[0]) => shapeOf(schema)?.properties ?? {};

function shapeOf(schema: Parameters<typeof jsonSchema>[0]): Shape | undefined {
  try {
    return jsonSchema(schema);
  } catch {
    return undefined; // checkSchema reports it
  }
}
