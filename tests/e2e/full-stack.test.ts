import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type Checkout, checkout } from "../../checks/engine/checkout.ts";
import { fullStack } from "../../checks/engine/full-stack.ts";
import { record } from "./recorder.ts";
import { hubHere, someOrder } from "./support.ts";

describe("end to end / a stack with every option", function () {
  this.timeout(300_000);
  let program: Checkout;
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    program = checkout();
    const recording = await record({ root: program.root, stack: fullStack(program) });
    here = await hubHere({ root: program.root, recording });
  });
  after(async () => {
    await here?.stop();
    program?.drop();
  });

  it("runs on one machine, and reports the resource types without effect", () => {
    const kinds = new Set(here.hub.applied.noEffect.map(({ resource }) => resource.type.split(":").at(-1)));
    expect([...kinds]).to.include.members([
      "BasePathMapping",
      "Dashboard",
      "DomainName",
      "NatGateway",
      "Record",
      "SecurityGroup",
      "TopicSubscription",
      "VpcEndpoint",
      "WebAclLoggingConfiguration",
    ]);
    for (const { reason } of here.hub.applied.noEffect) expect(reason).to.match(/^[a-z]/i);
  });

  it("processes an order whose third party is called from the VPC, and serves its status without a stage in the path", async () => {
    const { statusUrl, requestId } = (await (await here.client.post("/orders", someOrder())).json()) as {
      statusUrl: string;
      requestId: string;
    };
    expect(statusUrl).to.equal(`${here.hub.url}/requests/${requestId}`);
    await here.client.reaches(requestId, "completed");
  });

  it("outputs its URL and its egress addresses", () => {
    const { apiUrl, domainTarget, egressAddresses, dashboardUrl } = here.hub.recording.outputs as {
      apiUrl: string;
      domainTarget: string;
      egressAddresses: string[];
      dashboardUrl: string;
    };
    expect(apiUrl).to.equal("https://api.example.com");
    expect(domainTarget).to.match(/^d-\w+\.execute-api\.us-east-1\.amazonaws\.com$/);
    expect(egressAddresses).to.have.length(2);
    expect(dashboardUrl).to.match(
      /^https:\/\/us-east-1\.console\.aws\.amazon\.com\/cloudwatch\/home\?region=us-east-1#dashboards/,
    );
  });
});
