import { join } from "node:path";
import specs from "@asyncapi/specs";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import * as z from "zod";
import { importFlows } from "../../../components/flow/import-flows.ts";
import {
  adapter,
  api,
  bearer,
  call,
  DEFAULT_RETRY,
  event,
  type Flow,
  flow,
  hmac,
  join as joined,
  poll,
  schedule,
  step,
  webhook,
  when,
} from "../../../model/index.ts";
import { adviceOn } from "../../../tools/catalogue/advice.ts";
import { catalogueOf } from "../../../tools/catalogue/catalogue.ts";
import { CATALOGUE } from "../../../tools/catalogue/files.ts";
import { hubModel } from "../../../tools/catalogue/hub-model.ts";
import { assumptionsOf } from "../../../tools/cost/assumed.ts";
import { PRICED_ON } from "../../../tools/cost/prices.ts";
import { costsOf, totalOf } from "../../../tools/cost/variable.ts";

const ROOT = join(import.meta.dirname, "../../..");
const about = { summary: "A flow for | tests.", owner: "tests", source: import.meta.url };
const NONE = { project: "", stack: "", region: "", accountId: "", resources: [], outputs: {} };
const Old = z.object({ id: z.string() });
const Ordered = event(
  "Ordered",
  z.object({
    id: z.string(),
    email: z.email().meta({ personal: true, description: "Of the buyer." }),
    tags: z.tuple([z.string(), z.int().optional()]).optional(),
  }),
  {
    version: 2,
    from: { 1: { schema: Old, lift: (old) => ({ ...old, email: "a@b.co" }) } },
  },
);
const [Paid, Noted, Berthed] = [event("Paid", Old), event("Noted", Old), event("Berthed", Old)];
const Woken = event("Woken", z.object({}));
const erp = adapter("erp", {
  baseUrl: "https://erp.example.com",
  auth: bearer({ secret: "erp/token" }),
  timeout: "5 seconds",
  operations: { book: call("POST /orders", { body: Old, returns: z.object({ ok: z.boolean() }) }) },
});
const orders = flow("orders", {
  ...about,
  triggers: {
    orders: api("POST /orders", { emits: Ordered }),
    hook: webhook("POST /hooks/pay", {
      events: { "a|b": Paid },
      by: "body:type",
      verify: hmac({ secret: "pay/hook", header: "x-signature" }),
    }),
    nightly: schedule("rate(1 day)", { emits: Woken }),
  },
  steps: {
    end: step({
      on: joined({ order: Ordered, payment: Paid }, { by: "id", within: "1 day" }),
      emits: [Noted],
      uses: { erp },
      handler: () => Noted({ id: "" }),
      compensate: () => {},
    }),
    mail: step({ on: when(Ordered, { id: { prefix: "o<" } }), emits: [], handler: () => [] }),
    wake: step({ summary: "Wakes.", on: Woken, emits: [], handler: () => [] }),
  },
}) as Flow;
const mails = flow("mails", {
  ...about,
  imports: [Noted],
  steps: { send: step({ on: Noted, emits: [], handler: () => [] }) },
}) as Flow;
const use = { apiCalls: 1, events: 3, eventBytes: 900, messages: 4, stepRuns: 2, hubRuns: 2 };
const stored = { readUnits: 5, writeUnits: 20, storedBytes: 4_000, logBytes: 6_000 };
const triggers = Object.keys(orders.triggers);
const cost = {
  measured: triggers.map((trigger, i) => ({
    flow: "orders",
    trigger,
    use: { ...use, ...stored },
    refused: i === 0 ? ["NO_SAMPLE"] : [],
    metrics: [],
  })),
  assumed: assumptionsOf([], {}),
};
const Arrived = event("Arrived", z.object({ berths: z.int() }));
const port = flow("port", {
  ...about,
  imports: [Noted],
  triggers: {
    ships: poll("rate(5 minutes)", {
      emits: [Arrived],
      uses: { erp },
      cursor: z.object({ after: z.string() }),
      start: { after: "" },
      page: ({ cursor }) => ({ events: [], cursor, more: false }),
    }),
    clock: poll("cron(0 6 * * ? *)", {
      ...{ emits: [Arrived], timezone: "Europe/Lisbon", cursor: z.object({}), start: {} },
      page: ({ cursor }) => ({ events: [], cursor, more: false }),
    }),
  },
  steps: {
    berth: step({ on: Arrived, emits: [Berthed], handler: () => [] }),
    book: step({
      on: joined.all(Berthed, { of: Arrived, count: "berths", within: "1 hour", tolerate: 2 }),
      emits: [],
      handler: () => [],
    }),
    note: step({ on: Noted, emits: [], handler: () => [] }),
  },
}) as Flow;
const pages = catalogueOf([orders, mails, port], NONE, cost);
const pageOf = (path: string) => pages[`${CATALOGUE}/${path}`] ?? "";

/** The specification's own schema. https://github.com/asyncapi/spec-json-schemas */
const specification = specs.schemas["3.0.0"] as object;
const ajv = new Ajv({ strict: false, logger: false, meta: false, validateSchema: false });
addFormats.default(ajv);
const isAsyncApi = ajv.compile(specification);

describe("catalogue", () => {
  it("holds a page for each flow, event and third party", () => {
    expect(Object.keys(pages).map((path) => path.slice(CATALOGUE.length + 1))).to.have.members([
      ...["README.md", "hub.c4", "flows/orders.md", "flows/mails.md", "asyncapi/orders.yaml", "asyncapi/mails.yaml"],
      ...["flows/port.md", "asyncapi/port.yaml", "events/port.Arrived.md", "events/port.Berthed.md"],
      ...["Ordered", "Paid", "Noted", "Woken"].map((name) => `events/orders.${name}.md`),
      "third-parties/erp.md",
    ]);
  });

  it("shows what a million requests cost, by the same figures as `npm run cost`, with the prices' date", () => {
    const text = pageOf("flows/orders.md");
    const [first] = cost.measured;
    const usd = totalOf(costsOf(first?.use ?? expect.fail(), cost.assumed)) * 1e6;
    expect(text).to.include(`| \`${triggers[0]}\` | ${Number(usd.toPrecision(2))} | 3 | 4 | 4 | 5 | 20 |`);
    expect(text).to.include(`prices of ${PRICED_ON}`);
    expect(text).to.include(`\`${triggers[0]}\` is refused (NO_SAMPLE)`);
    expect(text).to.not.include(`\`${triggers[1]}\` is refused`);
    // A flow without a trigger is paid by the requests of other flows.
    expect(pageOf("flows/mails.md")).to.not.include("## Cost");
  });

  it("shows the filter of a step with the step, in the drawing, and with the event", () => {
    const filter = 'id starts with "o<"';
    expect(pageOf("flows/orders.md")).to.include(`[Ordered](../events/orders.Ordered.md) where \`${filter}\``);
    expect(pageOf("flows/orders.md")).to.include('event_Ordered -->|"id starts with #quot;o#lt;#quot;"| step_mail');
    expect(pageOf("events/orders.Ordered.md")).to.include(`\`mail\`, where \`${filter}\``);
  });

  it("shows a flow's triggers, joins, deadlines, compensations and third parties", () => {
    const page = pageOf("flows/orders.md");
    const { attempts, backoff, ceiling } = DEFAULT_RETRY;
    for (const part of [
      "A flow for | tests.",
      "| `hook` | `POST /hooks/pay` | third party; hmac, secret `pay/hook` | `a\\|b`: [Paid](../events/orders.Paid.md) |",
      "| `nightly` | `rate(1 day)` (UTC) | EventBridge Scheduler | [Woken](../events/orders.Woken.md) |",
      "| `end` | `order: Ordered`, `payment: Paid` | `id` | 1 day |",
      `[Noted](../events/orders.Noted.md) | [erp](../third-parties/erp.md) | ${attempts}, ${backoff} to ${ceiling} | \`compensate\` | – |`,
    ])
      expect(page).to.include(part);
    expect(pageOf("flows/mails.md")).to.include("| `send` | [Noted](../events/orders.Noted.md) (imported) |");
  });

  it("shows polls with what they read, counted joins, and where imported events come from", () => {
    const page = pageOf("flows/port.md");
    for (const part of [
      "| `ships` | `rate(5 minutes)` (UTC) | a function, which reads [erp](../third-parties/erp.md) | [Arrived](../events/port.Arrived.md) |",
      "| `clock` | `cron(0 6 * * ? *)` (Europe/Lisbon) | a function | [Arrived](../events/port.Arrived.md) |",
      "| `book` | `of: Arrived`, `all: Berthed` | request; as many as `of.berths` says | 1 hour, then without 2 at most |",
      "| `note` | [Noted](../events/orders.Noted.md) (imported) |",
      'trigger_ships(["rate(5 minutes)"])',
      "trigger_ships -.-> party_erp",
      "event_Arrived[/",
      "step_book{{",
    ])
      expect(page).to.include(part);
    expect(pageOf("third-parties/erp.md")).to.include("| [port](../flows/port.md) | trigger ships |");
    expect(pageOf("events/orders.Noted.md")).to.include("| [port](../flows/port.md) | `note` |");
    expect(pageOf("README.md")).to.include('source_Polls -->|"rate(5 minutes)"| flow_port');
    const { operations } = parse(pageOf("asyncapi/port.yaml")) as {
      operations: Record<string, { messages: { $ref: string }[] }>;
    };
    expect(operations["send-Arrived"]?.messages).to.deep.equal([{ $ref: "#/channels/Arrived/messages/Arrived" }]);
    expect(operations["receive-book"]?.messages.map(({ $ref }) => $ref.split("/").at(-1))).to.deep.equal(["Arrived", "Berthed"]);
  });

  it("shows an event's fields, personal data, example, older versions and readers in other flows", () => {
    const page = pageOf("events/orders.Ordered.md");
    expect(page).to.match(/\| `email` \| string \| yes \| format `email`.*\| Of the buyer\.; personal \|/);
    expect(page).to.include("Personal data: `email`.");
    expect(page).to.include("## Version 1\n\nLifted to version 2 when it is read.\n\n| field |");
    const [, example = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
    expect(Ordered.schema.safeParse(JSON.parse(example)).success, example).to.equal(true);
    expect(pageOf("events/orders.Noted.md")).to.include("| [mails](../flows/mails.md) | `send` |");
  });

  it("draws flowcharts whose lines name declared nodes", () => {
    for (const page of ["README.md", "flows/orders.md", "flows/mails.md", "flows/port.md"]) {
      const [, diagram = ""] = /```mermaid\n(.*?)```/s.exec(pageOf(page)) ?? [];
      const [first, ...lines] = diagram.trim().split("\n");
      expect(first).to.equal("flowchart LR");
      const nodes = lines.flatMap((line) => /^ {2}(\w+)(?:\(\[|\[\/|\[\(|\[|\{\{)"[^"]*"/.exec(line)?.[1] ?? []);
      const edges = lines.flatMap((line) => [...(/^ {2}(\w+) (?:-->|-\.->)(?:\|"[^"]*"\|)? (\w+)$/.exec(line)?.slice(1) ?? [])]);
      expect(edges.length + 2 * nodes.length, page).to.equal(2 * lines.length);
      expect(nodes, page).to.include.members(edges);
      expect(new Set(nodes).size, page).to.equal(nodes.length);
    }
    expect(pageOf("README.md")).to.include('flow_orders -->|"Noted"| flow_mails');
    expect(pageOf("flows/orders.md")).to.include('step_end{{"end (can be undone)"}}');
  });

  it("is AsyncAPI 3 by the specification's own schema, for these flows and for the hub's", async () => {
    const all = { ...catalogueOf((await importFlows(join(ROOT, "flows"))).flows, NONE, cost), ...pages };
    const documents = Object.entries(all).filter(([path]) => path.endsWith(".yaml"));
    expect(documents).to.have.length.greaterThan(4);
    for (const [path, text] of documents)
      expect(isAsyncApi(parse(text)), `${path}: ${JSON.stringify(isAsyncApi.errors)}`).to.equal(true);
    const broken = pageOf("asyncapi/orders.yaml").replace("action: receive", "action: read");
    expect(isAsyncApi(parse(broken))).to.equal(false);
    expect(
      (parse(pageOf("asyncapi/mails.yaml")) as { channels: { Noted: { address: string } } }).channels.Noted.address,
    ).to.equal("hub.orders/Noted");
  });

  it("advises on flows without an owner, needless imports, events that no step reads, and circles of flows", () => {
    expect(adviceOn(hubModel([orders, mails]))).to.deep.equal([]);
    const [Ping, Pong] = [event("Ping", Old), event("Pong", Old)];
    const ping = flow("ping", {
      ...about,
      owner: " ",
      imports: [Pong, Noted],
      steps: { hit: step({ on: Pong, emits: [Ping], handler: () => Ping({ id: "" }) }) },
    }) as Flow;
    const pong = flow("pong", {
      ...about,
      imports: [Ping],
      steps: { hit: step({ on: Ping, emits: [Pong], handler: () => Pong({ id: "" }) }) },
    }) as Flow;
    expect(adviceOn(hubModel([orders, ping, pong]))).to.deep.equal([
      "flow ping: it has no owner. Name the team that answers for it.",
      "flow ping: it imports Noted, and no step waits for it. Remove it from `imports`.",
      "flow orders, event Noted: no step reads it. Leave it where it ends the flow; else remove it.",
      "flows ping, pong: their events lead in a circle. Make sure that a step ends it: a chain of more than 50 events fails (HOP_LIMIT).",
    ]);
  });
});
