import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import addFormats from "ajv-formats";
import {
  adaptersOf,
  awaitedBy,
  emittedBy,
  eventsOf,
  type Flow,
  jsonSchema,
  queryTypesOf,
  type SyncTrigger,
} from "../../model/index.ts";
import { answerSchemas, requestSchema, type Schemas } from "./operation-schema.ts";

// Variables of the module have a `$` in their names: ajv names things in the same scope (validate20, schema31, pattern0), never with a `$`.

/** What `serveStep` takes as `validators`: group -> name -> JSON schema, before it is code. */
type Group = "events" | "responses" | "requests" | "inputs" | "answers";
type Groups = Readonly<Record<Group, Readonly<Record<string, object>>>>;

/**
 * @returns the text of an ES module whose default export is the flow's `Validators`: functions that ajv compiled from the schemas
 *   of the flow's events and of its adapters' operations. https://ajv.js.org/standalone.html
 */
export function validatorsModule(flow: Flow): string {
  const groups = schemasOf(flow);
  const ajv = new Ajv2020({ useDefaults: true, strict: false, logger: false, code: { source: true, esm: true } });
  addFormats.default(ajv);
  const names: Record<string, string> = {};
  const index = Object.entries(groups).map(([group, schemas]) => {
    const members = Object.entries(schemas).map(([name, schema]) => {
      const id = `${group}:${name}`;
      const variable = `hub$${Object.keys(names).length}`;
      ajv.addSchema({ ...schema, $id: id });
      names[variable] = id;
      return `${JSON.stringify(name)}: ${variable}`;
    });
    return `${JSON.stringify(group)}: { ${members.join(", ")} }`;
  });
  const code = Object.keys(names).length > 0 ? standalone.default(ajv, names) : "";
  return `${code}\nexport default { ${[...index, `"queries": ${JSON.stringify(queriesOf(flow))}`].join(", ")} };\n`;
}

function schemasOf(flow: Flow): Groups {
  const awaited = new Set(Object.values(flow.steps).flatMap((step) => awaitedBy(step).map(({ type }) => type)));
  const emitted = new Set(Object.values(flow.steps).flatMap((step) => step.emits.map(({ type }) => type)));
  const triggered = new Set(Object.values(flow.triggers).flatMap((trigger) => emittedBy(trigger).map(({ type }) => type)));
  const operations = adaptersOf(flow).flatMap((adapter) =>
    Object.entries(adapter.operations as Readonly<Record<string, Schemas>>).map(
      ([name, operation]) => [`${adapter.name}.${name}`, operation] as const,
    ),
  );
  return {
    events: Object.fromEntries(
      eventsOf(flow)
        .filter(({ type }) => awaited.has(type) || emitted.has(type) || triggered.has(type))
        .map(({ type, schema }) => [type, jsonSchema(schema)]),
    ),
    responses: Object.fromEntries(operations.flatMap(([name, operation]) => answerSchemas(name, operation))),
    requests: Object.fromEntries(operations.map(([name, operation]) => [name, requestSchema(operation)])),
    inputs: Object.fromEntries(syncOf(flow).map(([name, { request }]) => [name, jsonSchema(request)])),
    answers: Object.fromEntries(syncOf(flow).map(([name, { answers }]) => [name, jsonSchema(answers)])),
  };
}

const syncOf = (flow: Flow) =>
  Object.entries(flow.triggers).filter((entry): entry is [string, SyncTrigger] => entry[1].kind === "sync");

const queriesOf = (flow: Flow) =>
  Object.fromEntries(
    syncOf(flow).flatMap(([name, { route, request }]) => (route.startsWith("GET ") ? [[name, queryTypesOf(request)]] : [])),
  );
