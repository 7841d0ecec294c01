import type { Recording } from "../../local/recording.ts";
import type { Flow } from "../../model/index.ts";
import { marked } from "../marked.ts";
import { yamlOf } from "../openapi/pages.ts";
import { adviceOn } from "./advice.ts";
import { asyncApi } from "./async-api.ts";
import { c4 } from "./c4.ts";
import type { MeasuredHub } from "./cost-section.ts";
import { eventPage } from "./event-page.ts";
import { asyncApiFile, CATALOGUE, eventFile } from "./files.ts";
import { flowPage } from "./flow-page.ts";
import { type HubModel, hubModel } from "./hub-model.ts";
import { code, fenced, page, section, table } from "./markdown.ts";
import { flowchart, hubMap } from "./mermaid.ts";
import { thirdPartyPage } from "./third-party-page.ts";

/** @returns the catalogue's files: path from the root -> text */
export function catalogueOf(flows: readonly Flow[], recording: Recording, cost: MeasuredHub): Readonly<Record<string, string>> {
  const hub = hubModel(flows);
  return Object.fromEntries(
    [
      ["README.md", indexPage(hub)] as const,
      ["hub.c4", c4(hub)] as const,
      ...hub.flows.flatMap((model) => [
        [`flows/${model.flow.name}.md`, flowPage(model, hub, recording, cost)] as const,
        [asyncApiFile(model.flow.name), yamlOf(asyncApi(model, hub))] as const,
      ]),
      ...hub.events.map((model) => [eventFile(model.flow, model.event.type), eventPage(model)] as const),
      ...hub.parties.map((model) => [`third-parties/${model.adapter.name}.md`, thirdPartyPage(model)] as const),
    ].map(([path, text]) => [`${CATALOGUE}/${path}`, text]),
  );
}

const SHOWN = "order-to-erp";

/** @returns README.md with the diagram of one flow between its markers */
export function withDiagram(readme: string, flows: readonly Flow[]): string {
  const shown = hubModel(flows).flows.find(({ flow }) => flow.name === SHOWN);
  if (!shown)
    throw new Error(
      `README.md: it shows the flow ${SHOWN}, which does not exist. Choose another one in tools/catalogue/catalogue.ts.`,
    );
  const [begin, end] = [`<!-- diagram of ${SHOWN}: \`npm run docs\` writes it -->`, "<!-- end of diagram -->"];
  return marked("README.md", readme, { begin, end, text: fenced("mermaid", flowchart(shown)).trimEnd() });
}

const flowLink = (name: string) => `[${name}](flows/${name}.md)`;

const indexPage = (hub: HubModel): string =>
  page("Catalogue", [
    "What the hub connects: flows, the events that lead from step to step, and the third parties.\n",
    fenced("mermaid", hubMap(hub)),
    section(
      "Flows",
      table(
        ["flow", "owner", "about"],
        hub.flows.map(({ flow }) => [flowLink(flow.name), flow.owner, flow.summary]),
      ),
    ),
    section(
      "Events",
      table(
        ["event", "version", "published by", "read by", "about"],
        hub.events.map(({ event, flow, consumers }) => [
          `[${event.type}](${eventFile(flow, event.type)})`,
          String(event.version),
          flowLink(flow),
          consumers.map((one) => (one.flow === flow ? code(one.step) : `${code(one.step)} of ${flowLink(one.flow)}`)).join(", "),
          event.summary ?? "",
        ]),
      ),
    ),
    section(
      "Third parties",
      table(
        ["third party", "used by", "about"],
        hub.parties.map(({ adapter, users }) => [
          `[${adapter.name}](third-parties/${adapter.name}.md)`,
          [...new Set(users.map(({ flow }) => flow))].map(flowLink).join(", "),
          adapter.summary ?? "",
        ]),
      ),
    ),
    section(
      "Advice",
      adviceOn(hub)
        .map((advice) => `- ${advice}\n`)
        .join(""),
    ),
    section(
      "Other forms",
      "- [The API as OpenAPI 3.1](../openapi.yaml)\n- AsyncAPI 3: a document for each flow in `asyncapi/`\n- [C4 model](hub.c4) for LikeC4\n- [Decisions](../decisions/README.md), [permissions of each function](../least-privilege.md), [what a change means for requests under way](../changes.md)\n",
    ),
  ]);
