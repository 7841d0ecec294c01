import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { flowWith, IntegrationHub } from "../../../components/index.ts";
import { type CountedResource, quotaUses } from "../../../policy/quotas.ts";
import { arnOf, deploy } from "../deploy.ts";
import { definitionOf, routesOf } from "../gateway/routes-of.ts";
import { hubConfig } from "../hub-config.ts";
import fiveSteps from "../samples/five-steps.ts";

const FEW = 2;
const MORE = 6;
const PLAN = 1_000;

const namesOf = (flows: number) => Array.from({ length: flows }, (_, i) => `name-of-a-flow-${100 + i}`);

/** The resources of a hub with so many flows of five steps, each with a route and a schedule. */
async function hubOf(flows: number): Promise<readonly CountedResource[]> {
  const { resources } = await deploy(() => {
    new IntegrationHub("hub", hubConfig(), { flows: namesOf(flows).map((name) => flowWith(name, fiveSteps, { name })) });
  });
  return resources.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
}
const usedBy = (resources: readonly CountedResource[]) => new Map(quotaUses(resources).map(({ quota, used }) => [quota, used]));

describe("growth / a hub of a thousand flows of five steps", function () {
  this.timeout(300_000);
  /** Use at 1,000 flows by quota, from how it grows from few flows to more. */
  const planned: { name: string; limit: number; raisable: boolean; used: number; grows: boolean }[] = [];
  before(async () => {
    const [few, more] = [usedBy(await hubOf(FEW)), usedBy(await hubOf(MORE))];
    for (const [quota, used] of more) {
      const step = (used - (few.get(quota) ?? 0)) / (MORE - FEW);
      planned.push({ ...quota, used: Math.ceil(used + step * (PLAN - MORE)), grows: step > 0 });
    }
  });

  // What a dashboard holds does not grow on: the next one begins (tests/components/parts/dashboard.test.ts).
  const ofDashboards = ["metrics of a dashboard", "widgets of a dashboard"];

  it("exceeds no quota that AWS does not raise but the one that docs/scale.md says to divide the hub for", () => {
    const over = planned.filter(({ raisable, used, limit, name }) => !raisable && used > limit && !ofDashboards.includes(name));
    expect(over.map(({ name }) => name).sort()).to.deep.equal(["bytes of a REST API's definition"]);
  });

  it("asks for what docs/scale.md says to have raised", () => {
    const over = planned.filter(({ raisable, used, limit }) => raisable && used > limit);
    expect(over.map(({ name }) => name).sort()).to.deep.equal([
      "alarms of an account",
      "resources of a REST API",
      "roles of an account",
      "rules of an event bus",
    ]);
  });

  it("gives no role of the hub more to hold with each flow", () => {
    expect(planned.find(({ name }) => name === "characters of a role's inline policies")).to.include({ grows: false });
  });

  describe("the definition of its API", () => {
    const LIMIT = 6 * 1_024 * 1_024;
    const [, stated = ""] =
      /^\| bytes of a REST API's definition, 6 MB \| [\d,]+ \| (\d+) flows \|/m.exec(
        readFileSync(new URL("../../../docs/scale.md", import.meta.url), "utf8"),
      ) ?? [];
    /** Made of that many flows, as the gateway makes it; `hubOf` would take minutes for the other resources. */
    const bytesOf = async (flows: number) => {
      const body = await definitionOf({
        title: "hub-gateway",
        busName: "hub-bus-name",
        busArn: pulumi.output(arnOf("cloudwatch", "hub-bus")),
        statusArn: "invoke:hub-status",
        opsArn: "invoke:hub-ops",
        authorizerArn: "invoke:hub-authorizer",
        routes: namesOf(flows).flatMap((name) => {
          const graphId = "0123456789abcdef-0a1b2c3d";
          return routesOf(fiveSteps({ name }), { arn: arnOf("iam", `${name}-gateway-role`), graphId });
        }),
      });
      return Buffer.byteLength(body);
    };

    it("is made here as the hub makes it", async () => {
      const deployed = usedBy(await hubOf(FEW));
      const [, used] = [...deployed].find(([{ name }]) => name === "bytes of a REST API's definition") ?? [];
      expect(await bytesOf(FEW)).to.equal(used);
    });

    it("has room for as many flows as docs/scale.md says, and not for ten more", async () => {
      expect(await bytesOf(Number(stated))).to.be.at.most(LIMIT);
      expect(await bytesOf(Number(stated) + 10)).to.be.above(LIMIT);
    });
  });
});
