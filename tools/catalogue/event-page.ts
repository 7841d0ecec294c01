import { type AnyEvent, busName, type JsonSchema, jsonSchema, type Lift } from "../../model/index.ts";
import { examplesOf } from "../contract/counter-example.ts";
import { schemaOf } from "../contract/shape.ts";
import { exampleMaker } from "../openapi/example.ts";
import type { EventModel } from "./hub-model.ts";
import { code, codes, fenced, page, section, table } from "./markdown.ts";
import { personalFields, schemaTable } from "./schema-table.ts";

export function eventPage({ event, flow, producers, consumers }: EventModel): string {
  const schema = jsonSchema(event.schema);
  const personal = personalFields(schema);
  return page(event.type, [
    ...(event.summary ? [`${event.summary}\n`] : []),
    `Version ${event.version}. Source ${code(`hub.${flow}`)}, detail type ${code(busName(event))}.${event.formerly.length > 0 ? ` Formerly ${codes(event.formerly)}.` : ""}\n`,
    section(
      "Published by",
      table(
        ["flow", "by"],
        producers.map((by) => [`[${flow}](../flows/${flow}.md)`, by]),
      ),
    ),
    section(
      "Read by",
      consumers.length > 0
        ? table(
            ["flow", "step"],
            consumers.map(({ flow, step, where }) => [
              `[${flow}](../flows/${flow}.md)`,
              `${code(step)}${where && `, where ${code(where)}`}`,
            ]),
          )
        : "No step. It ends its flow, or is there for others.\n",
    ),
    section(
      "Payload",
      `${schemaTable(schema) || "No fields.\n"}\n${personal.length > 0 ? `Personal data: ${codes(personal)}.\n` : "No field is marked as personal (`.meta({ personal: true })`).\n"}`,
    ),
    section("Example", fenced("json", JSON.stringify(exampleOf(event, schema), undefined, 2))),
    ...Object.entries<Lift>(event.from).map(([version, lift]) =>
      section(
        `Version ${version}`,
        `Lifted to version ${Number(version) + 1} when it is read.\n${lift.schema ? `\n${schemaTable(jsonSchema(lift.schema))}` : ""}`,
      ),
    ),
  ]);
}

/** A value that the schema accepts. */
export function exampleOf({ schema }: Pick<AnyEvent, "schema">, described: JsonSchema): unknown {
  const { example } = exampleMaker({})(described);
  if (example !== undefined && schema.safeParse(example).success) return example;
  const [found] = examplesOf(schemaOf(schema));
  return found ?? null;
}
