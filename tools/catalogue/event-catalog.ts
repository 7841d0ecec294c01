import { createHash } from "node:crypto";
import { type AnyEvent, jsonSchema, type Lift } from "../../model/index.ts";
import { asyncApi } from "./async-api.ts";
import { awaitedIn, type EventModel, eventIn, type FlowModel, type HubModel, listOf, type PartyModel } from "./hub-model.ts";
import { listed, pageOf, text } from "./mdx.ts";

const DOMAIN = "integration-hub";
/** Neither flows nor third parties have versions. */
const UNVERSIONED = "1.0.0";
const BUS = { id: "event-bus", version: UNVERSIONED };

/** Folders of a catalogue that hold the hub's files and no other. */
export const OWN_FOLDERS = [`domains/${DOMAIN}`, `channels/${BUS.id}`] as const;

type File = readonly [path: string, text: string];

/**
 * The hub as a tree of EventCatalog: a domain with a service for each flow and each third party, the flow's events with their schemas and
 * former versions, a page of its steps, the bus as a channel, a team for each owner.
 * https://www.eventcatalog.dev/docs/development/developer-tools/project-structure
 * @returns the files: path in the catalogue's folder -> text
 */
export function eventCatalogOf(hub: HubModel): Readonly<Record<string, string>> {
  const owners = [...new Set(hub.flows.map(({ flow }) => flow.owner).filter((owner) => owner !== ""))];
  return Object.fromEntries([
    domainPage(hub, owners),
    ...hub.flows.flatMap((model) => [...servicePages(model, hub), flowPage(model, hub)]),
    ...hub.events.flatMap((model) => eventPages(model, hub)),
    ...hub.parties.map((party) => partyPage(party, hub)),
    [
      `channels/${BUS.id}/index.mdx`,
      pageOf(
        {
          ...BUS,
          name: "Event bus",
          address: "EventBridge",
          protocols: ["eventbridge"],
          deliveryGuarantee: "at-least-once",
          summary: "The hub's event bus.",
          ...ownedBy(owners),
        },
        "<NodeGraph />",
      ),
    ],
    ...owners.map((owner): File => {
      const owned = hub.flows.filter(({ flow }) => flow.owner === owner).map(({ flow }) => flow.name);
      return [
        `teams/${teamId(owner)}.mdx`,
        pageOf({ id: teamId(owner), name: owner, summary: `Owns ${owned.join(", ")}.` }, text(owner)),
      ];
    }),
  ]);
}

const domainPage = (hub: HubModel, owners: readonly string[]): File => [
  `domains/${DOMAIN}/index.mdx`,
  pageOf(
    {
      id: DOMAIN,
      name: "Integration hub",
      version: UNVERSIONED,
      summary: "What connects the company to third parties.",
      ...ownedBy(owners),
      services: [...hub.flows.map(({ flow }) => flow.name), ...hub.parties.map(({ adapter }) => partyId(adapter.name))].map(
        unversioned,
      ),
      flows: hub.flows.map(({ flow }) => unversioned(flowId(flow.name))),
    },
    "<NodeGraph />",
  ),
];

function servicePages(model: FlowModel, hub: HubModel): readonly File[] {
  const { flow, graph } = model;
  const folder = serviceFolder(flow.name);
  const emitted = [...graph.triggers.flatMap(({ emits }) => listOf(emits)), ...graph.steps.flatMap(({ emits }) => emits)];
  const received = graph.steps.flatMap(awaitedIn);
  const referencesTo = (types: readonly string[]) => [...new Set(types)].map((type) => messageRef(model, hub, type));
  return [
    [
      `${folder}/index.mdx`,
      pageOf(
        {
          id: flow.name,
          name: flow.name,
          version: UNVERSIONED,
          summary: flow.summary,
          ...ownedBy([flow.owner]),
          sends: referencesTo(emitted).map((message) => ({ ...message, to: [BUS] })),
          receives: referencesTo(received).map((message) => ({ ...message, from: [BUS] })),
          specifications: [{ type: "asyncapi", path: "asyncapi.json", name: "Events" }],
        },
        "<NodeGraph />",
      ),
    ],
    [`${folder}/asyncapi.json`, json(asyncApi(model, hub))],
  ];
}

/** How a request travels: caller or schedule, events, steps, third parties. */
function flowPage(model: FlowModel, hub: HubModel): File {
  const { flow, graph } = model;
  const consumers = (type: string) =>
    graph.steps.filter((step) => awaitedIn(step).includes(type)).map(({ name }) => stepNode(name));
  const types = [
    ...graph.triggers.flatMap(({ emits }) => listOf(emits)),
    ...graph.steps.flatMap((step) => [...awaitedIn(step), ...step.emits]),
  ];
  const nodes = [
    ...graph.triggers.map((trigger) => ({
      id: `trigger.${trigger.name}`,
      title: trigger.name,
      ...("expression" in trigger
        ? {
            custom: {
              title: trigger.name,
              type: trigger.kind === "poll" ? "Poll" : "Schedule",
              summary: `${trigger.expression}, ${trigger.timezone}`,
            },
          }
        : { actor: { name: trigger.kind === "webhook" ? "Sender" : "Caller", summary: trigger.route } }),
      ...leadsTo([...listOf(trigger.emits).map(eventNode), ...("uses" in trigger ? (trigger.uses ?? []) : []).map(partyId)]),
    })),
    ...[...new Set(types)].map((type) => ({
      id: eventNode(type),
      title: type,
      message: messageRef(model, hub, type),
      ...leadsTo(consumers(type)),
    })),
    ...graph.steps.map((step) => ({
      id: stepNode(step.name),
      title: step.name,
      custom: {
        title: step.name,
        type: step.on.kind === "join" ? "Join" : "Step",
        properties: {
          compensates: step.compensates ? "yes" : "no",
          ...(step.on.kind === "join" && step.on.within !== null && { within: step.on.within }),
          ...(step.on.kind === "join" && step.on.counted && { counts: `${step.on.parts.of}.${step.on.counted.field}` }),
          ...(step.serial !== undefined && { "one at a time by": step.serial }),
        },
      },
      ...leadsTo([...step.emits.map(eventNode), ...step.uses.map(partyId)]),
    })),
    ...graph.adapters.map(({ name }) => ({ id: partyId(name), title: name, service: unversioned(partyId(name)) })),
  ];
  const front = { id: flowId(flow.name), name: flow.name, version: UNVERSIONED, summary: flow.summary, ...ownedBy([flow.owner]) };
  return [`domains/${DOMAIN}/flows/${flow.name}/index.mdx`, pageOf({ ...front, steps: nodes }, "<NodeGraph />")];
}

/** The page of the event, and of each former version from which payloads are lifted. */
function eventPages({ event, flow, producers, consumers }: EventModel, hub: HubModel): readonly File[] {
  const owner = hub.flows.find((model) => model.flow.name === flow)?.flow.owner ?? "";
  const folder = `${serviceFolder(flow)}/events/${event.type}`;
  const front = (version: number) => ({
    id: eventId(flow, event.type),
    name: event.type,
    version: versionOf(version),
    ...(event.summary && { summary: event.summary }),
    ...ownedBy([owner]),
  });
  const former = Object.entries<Lift>(event.from).flatMap(([version, { schema }]) =>
    schema ? ([[Number(version), jsonSchema(schema)]] as const) : [],
  );
  const body = [
    "<NodeGraph />",
    listed("Published by", producers),
    listed(
      "Read by",
      consumers.map(({ flow, step, where }) => `${flow}, step ${step}${where && `, where ${where}`}`),
    ),
    '<SchemaViewer file="schema.json" />',
  ];
  return [
    [`${folder}/index.mdx`, pageOf({ ...front(event.version), schemaPath: "schema.json" }, body.filter(Boolean).join("\n\n"))],
    [`${folder}/schema.json`, json(jsonSchema(event.schema))],
    ...former.flatMap(([version, schema]): File[] => {
      const place = `${folder}/versioned/${versionOf(version)}`;
      const said = `Payloads of version ${version} are lifted to version ${event.version} before a step reads them.`;
      return [
        [
          `${place}/index.mdx`,
          pageOf({ ...front(version), schemaPath: "schema.json" }, `${said}\n\n<SchemaViewer file="schema.json" />`),
        ],
        [`${place}/schema.json`, json(schema)],
      ];
    }),
  ];
}

function partyPage({ adapter, users }: PartyModel, hub: HubModel): File {
  const callers = [...new Set(users.map(({ flow }) => flow))];
  const owners = hub.flows.filter(({ flow }) => callers.includes(flow.name)).map(({ flow }) => flow.owner);
  const routes = hub.flows.flatMap(({ graph }) => graph.adapters).find(({ name }) => name === adapter.name)?.operations ?? [];
  const front = {
    id: partyId(adapter.name),
    name: adapter.name,
    version: UNVERSIONED,
    summary: adapter.summary || `Third party of ${callers.join(", ")}.`,
    externalSystem: true,
    ...ownedBy(owners),
  };
  const operations = listed(
    "Operations",
    routes.map(({ name, route }) => `${name}: ${route}`),
  );
  const usedBy = listed(
    "Used by",
    users.map(({ flow, what }) => `${flow}, ${what}`),
  );
  return [
    `${serviceFolder(partyId(adapter.name))}/index.mdx`,
    pageOf(front, ["<NodeGraph />", operations, usedBy].filter(Boolean).join("\n\n")),
  ];
}

const serviceFolder = (id: string) => `domains/${DOMAIN}/services/${id}`;
/** No name of a flow, an event or a third party has a dot. */
const eventId = (flow: string, type: string) => `${flow}.${type}`;
const flowId = (flow: string) => `flow.${flow}`;
const partyId = (party: string) => `third-party.${party}`;
const eventNode = (type: string) => `event.${type}`;
const stepNode = (step: string) => `step.${step}`;
/** Versions of EventCatalog are semantic ones. https://semver.org/ */
const versionOf = (version: number) => `${version}.0.0`;
const unversioned = (id: string) => ({ id, version: UNVERSIONED });
const leadsTo = (ids: readonly string[]) => (ids.length === 0 ? {} : { next_steps: [...new Set(ids)] });

function messageRef({ flow }: FlowModel, hub: HubModel, type: string): { readonly id: string; readonly version: string } {
  const found = eventIn(hub, flow, type);
  const event: Pick<AnyEvent, "version"> = found?.event ?? { version: 1 };
  return { id: eventId(found?.flow ?? flow.name, type), version: versionOf(event.version) };
}

/** The team's file: an owner is any text, and two texts never are one team. */
function teamId(owner: string): string {
  const plain = owner.replaceAll(/[^A-Za-z0-9_-]+/g, "-");
  return plain === owner ? plain : `${plain}-${createHash("sha256").update(owner).digest("hex").slice(0, 8)}`;
}

const ownedBy = (owners: readonly string[]) => {
  const teams = [...new Set(owners.filter((owner) => owner !== ""))].map(teamId);
  return teams.length === 0 ? {} : { owners: teams };
};

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
