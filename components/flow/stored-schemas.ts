import type * as aws from "@pulumi/aws";
import { type AnyEvent, busName, emittedBy, eventsOf, type Flow, isImported, jsonSchema, type Lift } from "../../model/index.ts";
import type { EventSchemas } from "../../protocol/run-again.ts";
import { DOCUMENTS, schemasKey } from "../../protocol/table.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { stateItem } from "../parts/state-item.ts";

/**
 * Stores the schemas of the events that a flow's triggers publish: the ops API holds the input of a request against them before it runs the
 * request again. One item for each event, since an item holds 400 KB.
 */
export function storedSchemas(
  name: string,
  { flow, table }: { readonly flow: Flow; readonly table: Pick<aws.dynamodb.Table, "name"> },
  options: ChildOptions,
): void {
  for (const [trigger, declaration] of Object.entries(flow.triggers))
    for (const event of emittedBy<AnyEvent>(declaration)) {
      const key = schemasKey(flow.name, trigger, busName(event));
      const text = JSON.stringify(schemasOf(event));
      stateItem(`${name}-${trigger}-${busName(event)}-schemas`, { table, key, document: DOCUMENTS.schemas, text }, options);
    }
}

/**
 * For the component's inputs, and so for the console: the schemas of each event that the flow publishes. Text, as `routesText` is.
 * @returns JSON of EventSchemas by the event's name
 */
export const schemasText = (flow: Flow): string =>
  JSON.stringify(
    Object.fromEntries(
      eventsOf(flow)
        .filter(({ type }) => !isImported(flow, type))
        .map((event) => [event.type, schemasOf(event)]),
    ),
  );

const schemasOf = (event: AnyEvent): EventSchemas => ({
  version: event.version,
  schemas: Object.fromEntries([
    ...Object.entries<Lift>(event.from).map(([version, { schema }]) => [version, schema ? jsonSchema(schema) : null] as const),
    [String(event.version), jsonSchema(event.schema)] as const,
  ]),
});
