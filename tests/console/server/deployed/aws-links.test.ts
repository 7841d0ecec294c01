import { expect } from "chai";
import { describe, it } from "mocha";
import { awsLinks } from "../../../../console/server/deployed/aws-links.ts";
import { recording } from "../../../e2e/support.ts";

describe("links of a deployed stack to the AWS console", () => {
  /** As the state of a stack has it: an id and an ARN for each resource, under the URN that the recording has too. */
  const deployed = async () => {
    const { resources } = await recording();
    const parts = new Map(
      resources.flatMap(({ urn, outputs: { id, arn } }) =>
        typeof arn === "string" ? [[urn, { id: String(id), arn }] as const] : [],
      ),
    );
    return { resources, parts };
  };

  it("lead to the parts of a step, the alarms of its flow and the state table, in region and partition of the stack", async () => {
    const hub = await deployed();
    const links = awsLinks(hub, "order-to-erp", "register") ?? expect.fail("no links");
    const counts = Map.groupBy(links, ({ what }) => what);
    for (const what of ["queue", "function", "log group", "rule", "role", "table"])
      expect(counts.get(what), what).to.have.length(1);
    expect(counts.get("alarm")?.length).to.be.greaterThan(2);
    const { region } = await recording();
    for (const { url } of links) expect(new URL(url).host).to.equal(`${region}.console.aws.amazon.com`);
    const placeOf = (what: string) => new URL(counts.get(what)?.[0]?.url ?? "").hash;
    const nameOf = (what: string) => counts.get(what)?.[0]?.name ?? "";
    expect(nameOf("function")).to.match(/^order-to-erp-register-/);
    expect(placeOf("function")).to.equal(`#/functions/${nameOf("function")}`);
    expect(decodeURIComponent(placeOf("queue"))).to.match(/^#\/queues\/https?:\/\/.*\/order-to-erp-register-[^/]*$/);
    expect(placeOf("rule")).to.match(/^#\/eventbus\/hub-bus-[^/]+\/rules\/order-to-erp-register-rule-[^/]+$/);
    expect(placeOf("log group")).to.equal("#logsV2:log-groups/log-group/$252Fhub$252Fdev$252Forder-to-erp$252Fregister");
    expect(placeOf("role")).to.equal(`#/roles/details/${nameOf("role")}`);
    expect(placeOf("table")).to.equal(`#table?name=${nameOf("table")}`);
  });

  it("are none without the state of the stack, and of no unknown step", async () => {
    const { resources } = await deployed();
    expect(awsLinks({ resources, parts: new Map() }, "order-to-erp", "register")).to.deep.equal([]);
    expect(awsLinks({ resources, parts: new Map() }, "order-to-erp", "no-step")).to.equal(undefined);
  });
});
