import { type AnyEvent, busName, eventsOf, jsonSchema } from "../../model/index.ts";
import type { Json } from "../openapi/json.ts";
import { exampleOf } from "./event-page.ts";
import { awaitedIn, eventIn, type FlowModel, type HubModel, listOf } from "./hub-model.ts";

/**
 * A flow's events as AsyncAPI 3.0.0: a channel for each event of the bus and each step's queue, `send` for what it publishes, `receive`
 * for what its steps read. AsyncAPI has a binding for SQS and none for EventBridge, so `x-eventbridge` names the rule.
 * https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export function asyncApi({ flow, graph }: FlowModel, hub: HubModel): Json {
  const publisherOf = (type: string) => eventIn(hub, flow, type)?.flow ?? flow.name;
  const events = eventsOf(flow);
  const emitted = [
    ...new Set([...graph.triggers.flatMap(({ emits }) => listOf(emits)), ...graph.steps.flatMap(({ emits }) => emits)]),
  ];
  const reference = (channel: string, message: string) => ({ $ref: `#/channels/${channel}/messages/${message}` });
  return {
    asyncapi: "3.0.0",
    info: {
      title: flow.name,
      version: "1.0.0",
      description: flow.summary,
      ...(flow.owner && { tags: [{ name: `owner:${flow.owner}` }] }),
    },
    defaultContentType: "application/json",
    servers: { bus: { host: "events.amazonaws.com", protocol: "eventbridge", description: "The hub's event bus." } },
    channels: Object.fromEntries([
      ...events.map(({ type, formerly }) => [
        type,
        {
          address: `hub.${publisherOf(type)}/${busName({ type, formerly })}`,
          description: "EventBridge: source and detail type.",
          servers: [{ $ref: "#/servers/bus" }],
          messages: { [type]: { $ref: `#/components/messages/${type}` } },
          "x-eventbridge": { source: `hub.${publisherOf(type)}`, "detail-type": busName({ type, formerly }) },
        },
      ]),
      ...graph.steps.map((step) => [
        `queue-${step.name}`,
        {
          address: `${flow.name}-${step.name}-queue`,
          description: `Queue of the step ${step.name}.`,
          messages: Object.fromEntries(awaitedIn(step).map((type) => [type, { $ref: `#/components/messages/${type}` }])),
        },
      ]),
    ]),
    operations: Object.fromEntries([
      ...emitted.map((type) => [
        `send-${type}`,
        { action: "send", channel: { $ref: `#/channels/${type}` }, messages: [reference(type, type)] },
      ]),
      ...graph.steps.map((step) => [
        `receive-${step.name}`,
        {
          action: "receive",
          title: step.name,
          channel: { $ref: `#/channels/queue-${step.name}` },
          messages: awaitedIn(step).map((type) => reference(`queue-${step.name}`, type)),
          "x-emits": step.emits,
          "x-uses": step.uses,
        },
      ]),
    ]),
    components: { messages: Object.fromEntries(events.map((event) => [event.type, messageOf(event)])) },
  };
}

/** The `detail` of EventBridge's event; the payload is its `data`. */
function messageOf(event: AnyEvent): Json {
  const schema = jsonSchema(event.schema);
  return {
    name: event.type,
    title: event.type,
    ...(event.summary && { summary: event.summary }),
    contentType: "application/json",
    payload: { schemaFormat: "application/schema+json;version=draft-07", schema: draft7(schema) },
    examples: [{ name: "example", payload: exampleOf(event, schema) }],
    "x-version": event.version,
  };
}

/** AsyncAPI's tools read draft-07, where tuples and definitions have other names. */
function draft7(schema: Json): Json {
  const text = JSON.stringify({ ...schema, $schema: "http://json-schema.org/draft-07/schema#" });
  return JSON.parse(text.replaceAll('"#/$defs/', '"#/definitions/'), (_, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const { prefixItems, items, $defs, ...rest } = value as Record<string, unknown>;
    return {
      ...rest,
      ...(prefixItems !== undefined
        ? { items: prefixItems, ...(items !== undefined && { additionalItems: items }) }
        : items !== undefined && { items }),
      ...($defs !== undefined && { definitions: $defs }),
    };
  }) as Json;
}
