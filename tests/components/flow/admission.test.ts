import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { IntegrationHub } from "../../../components/index.ts";
import { api, event, flow, hmac, step, webhook } from "../../../model/index.ts";
import { type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";

const Came = event("Came", z.object({ id: z.string() }));
const arrivals = (admission: boolean) =>
  flow("arrivals", {
    summary: "",
    owner: "",
    formerly: ["calls"],
    ...(admission && { admission: { oldest: "30 minutes" as const } }),
    triggers: {
      call: api("POST /calls", { emits: Came }),
      hook: webhook("POST /hooks/a", {
        emits: Came,
        verify: hmac({ secret: "a/key", header: "x-signature", deliveryId: ["body:id"] }),
      }),
    },
    steps: { take: step({ on: Came, emits: [], handler: () => [] }) },
  });

/** Who may touch which items that say until when a flow is closed. */
const grants = (deployed: Deployment<unknown>) =>
  deployed.resources
    .filter(({ type }) => type.endsWith("RolePolicy"))
    .flatMap(({ name, inputs }) =>
      (
        JSON.parse(String(inputs.policy)) as {
          Statement: { Action: string[]; Condition?: Record<string, Record<string, unknown>> }[];
        }
      ).Statement.flatMap(({ Action, Condition = {} }) =>
        [Condition["ForAllValues:StringLike"]?.["dynamodb:LeadingKeys"] ?? []]
          .flat()
          .filter((key) => String(key).startsWith("admission#"))
          .map((key) => `${name}: ${Action.join(" ")} on ${String(key)}`),
      ),
    )
    .sort();

describe("admission of a flow", () => {
  it("lets its steps write, and its triggers read, its one item, by the flow's first name", async () => {
    const deployed = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [arrivals(true)] }));
    expect(grants(deployed)).to.deep.equal([
      "arrivals-hook-ingress-policy: dynamodb:GetItem on admission#calls",
      "arrivals-take-policy: dynamodb:GetItem dynamodb:UpdateItem on admission#calls",
      "hub-authorizer-policy: dynamodb:GetItem on admission#*",
    ]);
    expect(JSON.parse(String(deployed.of("TableItem", "arrivals-call-auth").inputs.item))).to.have.nested.property(
      "auth.S",
      '{"kind":"api-key","admission":"calls"}',
    );
  });

  it("grants nothing where no flow declares it", async () => {
    const deployed = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [arrivals(false)] }));
    expect(grants(deployed)).to.deep.equal([]);
  });
});
