import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { IntegrationHub } from "../../../components/index.ts";
import {
  adapter,
  api,
  checkFlow,
  describeProblem,
  event,
  type Flow,
  flow,
  join,
  noAuth,
  poll,
  step,
} from "../../../model/index.ts";
import { deploy } from "../../components/deploy.ts";
import { hubConfig } from "../../components/hub-config.ts";

const Asked = event("Asked", z.object({ id: z.string() }));
const Bare = event("Bare", { id: z.string() } as never);
const sound = { on: Asked, emits: [], handler: () => [] };
const shaped = (over: object, trigger: unknown = api("POST /asks", { emits: Asked })): Flow =>
  flow("shaped", {
    ...{ summary: "s", owner: "o", source: import.meta.url },
    triggers: { ask: trigger as never },
    steps: { take: step({ ...sound, ...over } as never) },
  } as never);
const AN_EVENT = 'Declare one by event("OrderPlaced", z.object({ … })), and give it here.';
const AN_ADAPTER = 'Declare it by adapter("erp", { … }), and give it under a name: uses: { erp }.';
const erp = adapter("erp", { baseUrl: "https://erp.example.com", auth: noAuth(), timeout: "5 seconds", operations: {} });
const items = { cursor: z.object({}), start: {}, page: () => ({ events: [], cursor: {}, more: false }) };

describe("the shape of a flow", () => {
  for (const [what, made, message] of [
    [
      "fields in place of a schema",
      shaped({ on: Bare }, api("POST /asks", { emits: Bare } as never)),
      "SCHEMA, flow shaped, event Bare: its schema is no schema of zod. Write z.object({ … }) around the fields.",
    ],
    [
      "one event in place of a list",
      shaped({ emits: Asked }),
      "EVENT, flow shaped, step take, emits: it is no list of events. Write a list, such as [OrderPlaced], or [] for none.",
    ],
    [
      "a list in place of one event",
      shaped({}, api("POST /asks", { emits: [Asked] } as never)),
      "EVENT, flow shaped, trigger ask, emits: it is a list, and this trigger publishes one event. Give the event without brackets.",
    ],
    [
      "one event in place of a poll's list",
      shaped({}, poll("rate(5 minutes)", { ...items, emits: Asked } as never)),
      "EVENT, flow shaped, trigger ask, emits: it is no list of events. Write a list, such as [OrderPlaced], or [] for none.",
    ],
    ["no event", shaped({ on: undefined }), `EVENT, flow shaped, step take, on: it is missing. ${AN_EVENT}`],
    [
      "a schema in place of an event",
      shaped({ on: z.object({}) }),
      `EVENT, flow shaped, step take, on: it is a schema, and no event. ${AN_EVENT}`,
    ],
    [
      "a schema in a list of events",
      shaped({ emits: [z.object({})] }),
      `EVENT, flow shaped, step take, emits: it is a schema, and no event. ${AN_EVENT}`,
    ],
    [
      "the name of an event in its place",
      shaped({ on: "Asked" }),
      `EVENT, flow shaped, step take, on: it is the text "Asked". ${AN_EVENT}`,
    ],
    [
      "no handler",
      shaped({ handler: undefined }),
      "HANDLER, flow shaped, step take, handler: it is missing. Write what the step does, such as (order) => OrderBooked({ … }).",
    ],
    [
      "the name of an event in a join's part",
      shaped({ on: join({ a: Asked, b: "Paid" } as never) }),
      `EVENT, flow shaped, step take, on, part b: it is the text "Paid". ${AN_EVENT}`,
    ],
    [
      "a join's part that is missing",
      shaped({ on: join({ a: Asked, b: undefined } as never) }),
      `EVENT, flow shaped, step take, on, part b: it is missing. ${AN_EVENT}`,
    ],
    [
      "a list of parts without names",
      shaped({ on: join([Asked] as never) }),
      "JOIN, flow shaped, step take, on: its parts are a list, and each needs a name. Write join({ order: OrderPlaced, payment: PaymentCaptured }).",
    ],
    [
      "one event in place of a join's parts",
      shaped({ on: join(Asked as never) }),
      "JOIN, flow shaped, step take, on: its parts are one event, and each needs a name. Write join({ order: OrderPlaced, payment: PaymentCaptured }).",
    ],
    [
      "a schema that a join counts",
      shaped({ on: join.all(z.object({}) as never, { of: Asked, count: "id" } as never) }),
      `EVENT, flow shaped, step take, on, part all: it is a schema, and no event. ${AN_EVENT}`,
    ],
    [
      "an adapter without a name in `uses`",
      shaped({ uses: erp }),
      `ADAPTER, flow shaped, step take, uses: it holds no adapters by name. ${AN_ADAPTER}`,
    ],
    [
      "the name of an adapter in its place",
      shaped({ uses: { erp: "erp" } }),
      `ADAPTER, flow shaped, step take, uses.erp: it is no adapter. ${AN_ADAPTER}`,
    ],
    [
      "no page of a poll",
      shaped({}, poll("rate(5 minutes)", { ...items, emits: [Asked], page: undefined } as never)),
      "HANDLER, flow shaped, trigger ask, page: it is missing. Return what a page holds: ({ cursor }) => ({ events: [], cursor, more: false }).",
    ],
    [
      "no handler of a synchronous endpoint",
      shaped({}, api("GET /ask", { mode: "sync", emits: Asked } as never)),
      "HANDLER, flow shaped, trigger ask, handler: it is missing. Return what it answers: ({ sku }) => ({ answer: { … }, event: Asked({ … }) }).",
    ],
    [
      "a route in place of a trigger",
      shaped({}, "POST /asks"),
      'ROUTE, flow shaped, trigger ask: it is no trigger. Make it by api("POST /orders", { … }), webhook, schedule or poll.',
    ],
    [
      "a schema among the imports",
      { ...shaped({}), imports: [z.object({})] as never },
      `EVENT, flow shaped, imports: it is a schema, and no event. ${AN_EVENT}`,
    ],
    ["no steps", { ...shaped({}), steps: undefined } as never, "RANGE, flow shaped: it has no step. Declare at least one step."],
    [
      "a number in place of a duration",
      shaped({ timeout: 30 }),
      'DURATION, flow shaped, step take, timeout: 30 has no unit. Write a text, such as "30 seconds" or "30 minutes".',
    ],
  ] as const)
    it(`is refused for ${what}, with place and remedy, by the check and by the hub`, async () => {
      expect(checkFlow(made).map(describeProblem)).to.deep.equal([message]);
      const error = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [made] })).catch(
        (thrown: Error) => thrown,
      );
      expect((error as Error).message).to.include(message);
    });

  it("is taken from a flow that is sound", () => {
    expect(checkFlow(shaped({}))).to.deep.equal([]);
  });
});
