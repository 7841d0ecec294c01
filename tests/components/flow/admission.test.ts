import { expect } from "chai";
import { describe, it } from "mocha";
import { IntegrationHub } from "../../../components/index.ts";
import { type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import arrivals from "../samples/arrivals.ts";

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
    const deployed = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [arrivals] }));
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
    const { admission: _, ...open } = arrivals;
    const deployed = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [open] }));
    expect(grants(deployed)).to.deep.equal([]);
  });
});
