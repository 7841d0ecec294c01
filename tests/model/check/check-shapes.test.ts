import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { IntegrationHub } from "../../../components/index.ts";
import { api, checkFlow, describeProblem, event, type Flow, flow, poll, step } from "../../../model/index.ts";
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
