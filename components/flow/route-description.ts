import {
  type AnyEvent,
  emittedBy,
  type Flow,
  type JsonSchema,
  jsonSchema,
  type RoutedTrigger,
  requestSchemaOf,
  routedTriggers,
  routeParameters,
} from "../../model/index.ts";

/** What a trigger's route takes and answers, as plain data: what the API's documentation is made of. */
export interface RouteDescription {
  readonly trigger: string;
  readonly kind: "api" | "sync" | "webhook";
  /** Such as `POST /orders`. */
  readonly route: string;
  /** How long the flow's oldest message may wait before the route refuses calls; absent where it takes all. */
  readonly behindAfter?: string;
  /** What it publishes: one of them for each call. */
  readonly events: readonly {
    readonly name: string;
    readonly summary?: string;
    readonly schema: JsonSchema;
    /** Of a webhook with `by`: the sender's names of it, such as `payment_intent.succeeded`. */
    readonly types?: readonly string[];
  }[];
  /** Of a webhook: where the sender writes the type of the event, such as `body:type`. */
  readonly by?: string;
  /** Of a webhook: what happens to a call of another type. */
  readonly otherwise?: "accept" | "refuse";
  /** Of a webhook whose calls hold lists: the place of the list; `true` where the body is the list. */
  readonly batch?: true | `body:${string}`;
  /** Of a webhook: whether a handler makes the answer. */
  readonly replies?: true;
  /** Of a webhook: headers that become fields of the data. */
  readonly headers?: readonly string[];
  /** Scopes that a caller's token has to hold; absent where callers show no token. */
  readonly scopes?: readonly string[];
  /** JSON Schema 2020-12 of each parameter of path and query, by its name. */
  readonly parameters?: Readonly<Record<string, JsonSchema>>;
  /** Whether the route takes no body. */
  readonly bodiless?: true;
  /** Of a synchronous endpoint: JSON Schema 2020-12 of the body. */
  readonly request?: JsonSchema;
  /** Of what a synchronous endpoint answers. */
  readonly answers?: JsonSchema;
}

/**
 * For the component's inputs, and so for whatever records the program: the zod schemas themselves don't leave its process. Text, since
 * Pulumi sorts the keys of objects, and people look for properties in the order of the declaration.
 * @returns JSON of RouteDescription[]
 */
export const routesText = (flow: Flow): string =>
  JSON.stringify(routedTriggers(flow.triggers).map(([trigger, declaration]) => describe(trigger, declaration, flow.admission)));

function describe(trigger: string, declaration: RoutedTrigger, admission: Flow["admission"]): RouteDescription {
  const { kind, route } = declaration;
  const hook = kind === "webhook" ? declaration : undefined;
  const sync = kind === "sync" ? declaration : undefined;
  const auth = declaration.kind === "webhook" ? undefined : declaration.auth;
  const parameters = declaration.kind === "webhook" ? undefined : parametersOf(declaration);
  const fields = Object.keys(hook?.headers ?? parameters?.schemas ?? {});
  return {
    trigger,
    kind,
    route,
    ...(admission && { behindAfter: admission.oldest }),
    events: emittedBy<AnyEvent>(declaration).map(({ type, summary, schema }) => ({
      name: type,
      ...(summary !== undefined && { summary }),
      schema: without(jsonSchema(schema), fields),
      ...(hook?.events && { types: typesOf(hook.events, type) }),
    })),
    ...(hook?.by && { by: hook.by }),
    ...(hook?.otherwise && { otherwise: hook.otherwise }),
    ...(hook?.batch && { batch: hook.batch }),
    ...(hook?.mode === "sync" && { replies: true as const }),
    ...(hook?.headers && { headers: Object.values(hook.headers).filter((name) => name !== undefined) }),
    ...(auth?.kind === "jwt" && { scopes: auth.scopes }),
    ...(parameters && Object.keys(parameters.schemas).length > 0 && { parameters: parameters.schemas }),
    ...(parameters?.body === false && { bodiless: true as const }),
    ...(sync && { request: without(jsonSchema(sync.request), fields), answers: jsonSchema(sync.answers) }),
  };
}

function parametersOf(declaration: Exclude<RoutedTrigger, { readonly kind: "webhook" }>) {
  const { path, query, body } = routeParameters(declaration);
  const { properties = {} } = jsonSchema(requestSchemaOf(declaration)) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
  };
  const names = [...Object.keys(path), ...Object.keys(query)];
  return { schemas: Object.fromEntries(names.map((name) => [name, properties[name] ?? {}])), body };
}

const typesOf = (events: Readonly<Record<string, AnyEvent>>, name: string): readonly string[] =>
  Object.entries(events).flatMap(([type, event]) => (event.type === name ? [type] : []));

/** The schema of a body, where some fields of the data come from headers, path or query. */
function without(schema: JsonSchema, fields: readonly string[]): JsonSchema {
  if (fields.length === 0) return schema;
  const {
    properties = {},
    required = [],
    ...rest
  } = schema as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
  };
  return {
    ...rest,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !fields.includes(name))),
    required: required.filter((name) => !fields.includes(name)),
  };
}
