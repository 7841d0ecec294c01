import type { Operation } from "../adapter.ts";
import { jsonSchema } from "../json-schema.ts";
import { checkWholeNumber } from "./check-values.ts";
import { type Problem, problem } from "./problem.ts";

interface Shape {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
}

/** How an operation's further pages are found. */
export function* checkPages(where: string, { pages, query, body, bodyIsField, returns, reads }: Operation): Iterable<Problem> {
  if (pages === undefined) return;
  const place = `${where}, pages`;
  yield* checkWholeNumber({ where: `${place}, atMost`, value: pages.atMost, within: [1, 10_000] });
  if (reads.content !== undefined && pages.by !== "link")
    yield problem("ADAPTER", place, "only pages of JSON can be followed by what they hold", 'Follow others by: "link"');
  if (pages.by === "link") return;
  const fields = [query, bodyIsField ? undefined : body].flatMap((schema) => (schema ? Object.keys(propertiesOf(schema)) : []));
  if (!fields.includes(pages.parameter))
    yield problem("ADAPTER", place, `its input has no field "${pages.parameter}"`, "Declare the parameter in `query` or `body`");
  const path = pages.by === "cursor" ? pages.from : pages.items;
  const found =
    path === undefined
      ? shapeOf(returns)
      : path.split(".").reduce<Shape | undefined>((shape, field) => shape?.properties?.[field], shapeOf(returns));
  if (found === undefined)
    yield problem("ADAPTER", place, `its answer has no field "${path}"`, "Name a field that `returns` declares");
  else if (pages.by !== "cursor" && found.type !== "array")
    yield problem(
      "ADAPTER",
      place,
      `${path === undefined ? "the page" : `"${path}"`} is no list`,
      "Name the field that holds the items",
    );
}

const propertiesOf = (schema: Parameters<typeof jsonSchema>[0]) => shapeOf(schema)?.properties ?? {};

function shapeOf(schema: Parameters<typeof jsonSchema>[0]): Shape | undefined {
  try {
    return jsonSchema(schema);
  } catch {
    return undefined; // checkSchema reports it
  }
}
