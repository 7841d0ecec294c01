import { expect } from "chai";
import { describe, it } from "mocha";
import type { CountedResource } from "../../../policy/quotas.ts";
import { quotaReport } from "../../../tools/quotas/report.ts";

const MB = 1_024 * 1_024;
const rule = (n: number): CountedResource => ({
  type: "aws:cloudwatch/eventRule:EventRule",
  name: `rule-${n}`,
  props: { eventBusName: "hub", eventPattern: "{}" },
});
const api = (bytes: number): CountedResource => ({
  type: "aws:apigateway/restApi:RestApi",
  name: "hub-gateway",
  props: { body: JSON.stringify({ paths: { "/a/{b}": {} }, text: "" }).replace('""', `"${"x".repeat(bytes)}"`) },
});
const rules = (count: number) => Array.from({ length: count }, (_, n) => rule(n));

describe("npm run quotas", () => {
  it("lists what the stack uses of each quota, the fullest first, and asks for nothing where all suffice", () => {
    const { text, exceeded } = quotaReport("dev", [...rules(30), api(MB)]);
    const [sum, , first, second, ...others] = text.split("\n");
    expect(sum).to.equal("dev: 0 of 4 quotas are too small, of which AWS never raises 0");
    expect(first?.trim().split(/ {2,}/)).to.deep.equal([
      "1,048,609",
      "6,291,456",
      "17 %",
      "never",
      "bytes of a REST API's definition (hub-gateway)",
    ]);
    expect(second?.trim().split(/ {2,}/)).to.deep.equal(["30", "300", "10 %", "yes", "rules of an event bus (hub)"]);
    expect(others).to.have.length(2);
    expect(exceeded).to.equal(false);
  });

  it("says what to have raised, with a fifth to spare", () => {
    const { text, exceeded } = quotaReport("prod", rules(301));
    expect(text).to.include("rules of an event bus: have it raised to 370 before the deployment. https://docs.aws.amazon.com/");
    expect(exceeded).to.equal(false);
  });

  it("fails where AWS never raises it", () => {
    const { text, exceeded } = quotaReport("prod", [api(6 * MB)]);
    expect(text).to.include("prod: 1 of 2 quotas are too small, of which AWS never raises 1");
    expect(text).to.include(
      "bytes of a REST API's definition: hub-gateway has 6,291,489. Divide it. https://docs.aws.amazon.com/",
    );
    expect(exceeded).to.equal(true);
  });
});
