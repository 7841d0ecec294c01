import { type Flow, type JsonSchema, jsonSchema, type RoutedTrigger, routedTriggers } from "../../model/index.ts";

/** What a trigger's route takes and answers, as plain data: what the API's documentation is made of. */
export interface RouteDescription {
  readonly trigger: string;
  readonly kind: "api" | "sync" | "webhook";
  /** Such as `POST /orders`. */
  readonly route: string;
  readonly event: { readonly name: string; readonly summary?: string };
  /** Scopes that a caller's token has to hold; absent where callers show no token. */
  readonly scopes?: readonly string[];
  /** JSON Schema 2020-12 of the body, or of a synchronous GET's query. */
  readonly request: JsonSchema;
  /** Of what a synchronous endpoint answers. */
  readonly answers?: JsonSchema;
}

/**
 * For the component's inputs, and so for whatever records the program: the zod schemas themselves don't leave its process. Text, since
 * Pulumi sorts the keys of objects, and people look for properties in the order of the declaration.
 * @returns JSON of RouteDescription[]
 */
export const routesText = (flow: Flow): string =>
  JSON.stringify(routedTriggers(flow.triggers).map(([trigger, declaration]) => describe(trigger, declaration)));

function describe(trigger: string, declaration: RoutedTrigger): RouteDescription {
  const { kind, route, emits } = declaration;
  const sync = kind === "sync" ? declaration : undefined;
  const auth = kind === "webhook" ? undefined : declaration.auth;
  return {
    trigger,
    kind,
    route,
    event: { name: emits.type, ...(emits.summary !== undefined && { summary: emits.summary }) },
    ...(auth?.kind === "jwt" && { scopes: auth.scopes }),
    request: jsonSchema(sync?.request ?? emits.schema),
    ...(sync && { answers: jsonSchema(sync.answers) }),
  };
}
