import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { RecordedResource } from "../../local/recording.ts";
import { hubHere, recording, somePayment } from "./support.ts";

const ACL = "aws:wafv2/webAcl:WebAcl";
/** Requests per address; a test can't reach the program's own limit fast enough. */
const LIMIT = 20;

/** Statuses for a caller without credentials. */
const UNAUTHENTICATED = [401, 403];

type Rules = readonly { readonly name: string; readonly statement: { readonly rateBasedStatement?: object } }[];

const withLowLimit = (resource: RecordedResource): RecordedResource =>
  resource.type === ACL
    ? {
        ...resource,
        inputs: {
          ...resource.inputs,
          rules: (resource.inputs.rules as Rules).map((rule) =>
            rule.name === "rate"
              ? { ...rule, statement: { rateBasedStatement: { ...rule.statement.rateBasedStatement, limit: LIMIT } } }
              : rule,
          ),
        },
      }
    : resource;

describe("end to end / the web ACL", function () {
  this.timeout(300_000);
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    const program = await recording();
    here = await hubHere({ recording: { ...program, resources: program.resources.map(withLowLimit) } });
  });
  after(() => here?.stop());

  const post = (body: string) =>
    fetch(`${here.hub.url}/orders`, { method: "POST", headers: { "content-type": "application/json" }, body });

  it("refuses a body that is too long before it asks for a key", async () => {
    const tooLong = await post(JSON.stringify({ note: "x".repeat(64 * 1_024) }));
    expect(tooLong.status).to.equal(413);
    expect(tooLong.headers.get("x-amzn-requestid")).to.be.a("string");
    expect(await tooLong.json()).to.deep.equal({
      type: "about:blank",
      title: "Content Too Large",
      status: 413,
      detail: "The body is longer than 64 KB.",
    });
    expect((await post("{}")).status).to.be.oneOf(UNAUTHENTICATED);
  });

  it("refuses an address that exceeds the rate limit, and accepts it again under a higher limit", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < LIMIT; i += 1) statuses.push((await post("{}")).status);
    expect(statuses.filter((status) => UNAUTHENTICATED.includes(status))).not.to.deep.equal([]);
    const refused = await post("{}");
    expect(refused.status).to.equal(429);
    expect(refused.headers.get("retry-after")).to.equal("300");
    expect(await refused.json()).to.include({ status: 429 });
    await here.hub.apply(await recording());
    expect((await post("{}")).status).to.be.oneOf(UNAUTHENTICATED);
  });

  it("reports each rule without effect, with the reason", () => {
    const reasons = here.hub.applied.noEffect.flatMap(({ resource, reason }) => (resource.type === ACL ? [reason] : []));
    expect(reasons).to.have.length(3);
    expect(reasons[0]).to.equal(
      "AWS does not publish the rules of AWSManagedRulesAmazonIpReputationList; the examples in its documentation are blocked",
    );
  });

  it("refuses what AWS documents as an attack in an order, and leaves it to the signature in a webhook", async () => {
    const note = { note: "<script>alert(1)</script> ../../etc/passwd" };
    const order = await post(JSON.stringify(note));
    expect([order.status, order.headers.get("content-type")]).to.deep.equal([403, "application/problem+json"]);
    expect(await order.json()).to.include({ detail: "The request was refused by the firewall." });
    const hook = await here.client.webhook(somePayment(note));
    expect(hook.status, await hook.text()).to.equal(202);
    const unsigned = await fetch(`${here.hub.url}/hooks/stripe`, { method: "POST", body: JSON.stringify(note) });
    expect(unsigned.status).to.equal(401);
  });
});
