import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { entryOf } from "../../../components/core/flow-entry.ts";
import { PLANNED_TYPES, plannedResources, resourceNameProblems } from "../../../components/flow/resource-names.ts";
import { IntegrationHub } from "../../../components/index.ts";
import { outputsOf } from "../../../local/kinds/index.ts";
import { adapter, api, apiKey, call, event, type Flow, flow, hmac, meta, schedule, step, webhook } from "../../../model/index.ts";
import { AUTO_NAME_SUFFIX, NAME_LIMITS } from "../../../protocol/name-limits.ts";
import { deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import chats from "../samples/chats.ts";
import longest from "../samples/longest.ts";
import shop from "../samples/shop.ts";

const Asked = event("Asked", z.object({ a: z.string() }));
const NAME = "integration-to-warehouse";
const made = (name: string, rest: Pick<Flow, "triggers" | "steps">): Flow =>
  flow(name, { summary: "s", owner: "o", source: import.meta.url, ...rest }) as Flow;
const problemsOf = (...flows: readonly Flow[]) => resourceNameProblems(flows.map(entryOf));

describe("names of a flow's resources", () => {
  it("are planned as the components make them, and AWS takes each", async () => {
    const flows = [shop, chats, longest] as readonly Flow[];
    const { resources } = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows }));
    const own = ["hub-", "order"];
    const recorded = resources
      .filter(({ type, name }) => PLANNED_TYPES.includes(type) && !own.some((prefix) => name.startsWith(prefix)))
      .map(({ type, name }) => `${type} ${name}`);
    const planned = flows.flatMap((of) => plannedResources(of.name, of)).map(({ type, name }) => `${type} ${name}`);
    expect(planned).to.have.members(recorded);
    for (const { type, name } of resources)
      expect(name.length + AUTO_NAME_SUFFIX, `${type} ${name}`).to.be.at.most(NAME_LIMITS[type] ?? Number.POSITIVE_INFINITY);
    expect(problemsOf(...flows)).to.deep.equal([]);
  });

  it("are refused where they are too long, with the trigger named", () => {
    const hook = webhook("POST /w", { emits: Asked, verify: hmac({ secret: "w/h", header: "x-s" }) });
    const steps = { take: step({ on: Asked, emits: [], handler: () => [] }) };
    expect(problemsOf(made(NAME, { triggers: { webhookTriggerTwenty: hook }, steps }))).to.deep.equal([
      {
        code: "NAME",
        where: `flow ${NAME}, trigger webhookTriggerTwenty`,
        fact: `its Role would have a name of 66 characters (${NAME}-webhookTriggerTwenty-ingress-role-…), and AWS takes 64`,
        remedy: "Shorten the name of the flow or of trigger webhookTriggerTwenty by 2 characters",
      },
    ]);
    expect(problemsOf(made(NAME, { triggers: { webhookTriggerOf18: hook }, steps }))).to.deep.equal([]);
  });

  it("are refused for a secret and for a schedule's description, too", () => {
    const third = adapter("third", {
      baseUrl: "https://x.example.com",
      auth: apiKey({ secret: `a/${"b".repeat(600)}`, header: "x-k" }),
      timeout: "5 seconds",
      operations: { go: call("GET /go", { returns: z.object({}) }) },
    });
    const triggers = { nightly: schedule("rate(1 day)", { emits: Asked, data: { a: "x" }, summary: "s".repeat(513) }) };
    const steps = { take: step({ on: Asked, emits: [], uses: { third }, handler: () => [] }) };
    const [secret, description, ...others] = problemsOf(made("a", { triggers, steps }));
    expect(others).to.deep.equal([]);
    expect(secret?.where).to.match(/^flow a, secret a\/b+…$/);
    expect(secret?.remedy).to.match(/^Shorten it by \d+ characters$/);
    expect(description).to.include({ where: "flow a, trigger nightly", remedy: "Shorten it" });
  });

  it("are refused where Pulumi would take two resources for one", () => {
    const triggers = { ask: api("POST /a", { emits: Asked }) };
    const direct = made("a", { triggers, steps: { b: step({ on: Asked, emits: [], delivery: "direct", handler: () => [] }) } });
    const queued = made("a-b", { triggers, steps: { redrive: step({ on: Asked, emits: [], handler: () => [] }) } });
    expect(problemsOf(direct, queued).map(({ where, fact }) => `${where}: ${fact}`)).to.deep.equal([
      "flow a, step b: step redrive of flow a-b would have a resource of the same name, a-b-redrive-source",
    ]);
    const chat = webhook("POST /w", { emits: Asked, verify: meta({ secret: "w/h" }) });
    const take = { take: step({ on: Asked, emits: [], handler: () => [] }) };
    const [first, second] = [
      made("a", { triggers: { b: chat }, steps: take }),
      made("a-b", { triggers: { handshake: chat }, steps: take }),
    ];
    expect(problemsOf(first, second).map(({ fact }) => fact)).to.deep.equal([
      "trigger handshake of flow a-b would have a resource of the same name, a-b-handshake-gateway-permission",
    ]);
  });

  it("are refused by the local hub as by AWS", () => {
    const place = { region: "eu-central-1", accountId: "123456789012", partition: "aws" };
    const role = (name: string) => outputsOf({ urn: "urn", type: "aws:iam/role:Role", name, inputs: {} }, place);
    expect(role("r".repeat(56)).name).to.have.length(64);
    expect(() => role("r".repeat(57))).to.throw("has 65 characters");
    expect(() =>
      outputsOf({ urn: "u", type: "aws:sqs/queue:Queue", name: "q", inputs: { name: "q".repeat(81) } }, place),
    ).to.throw("AWS takes 80");
  });
});
