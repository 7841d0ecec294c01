import { expect } from "chai";
import { describe, it } from "mocha";
import { EnvironmentError } from "../../protocol/environment.ts";
import { hubEnvironment, ingressEnvironment, stepEnvironment } from "../../runtime/environment.ts";

const STEP = {
  HUB_FLOW: "orders",
  HUB_GRAPH: "abc",
  HUB_BUS: "bus",
  HUB_TABLE: "table",
  HUB_DEAD_LETTER_URL: "https://sqs/dead",
  HUB_QUEUE_URL: "https://sqs/queue",
  HUB_SECRETS: '{"erp/oauth":"arn:1"}',
  HUB_THIRD_PARTIES: '{"erp":{"baseUrl":"https://erp.example.com","tokenUrl":"https://erp.example.com/t"}}',
  AWS_LAMBDA_FUNCTION_NAME: "fn",
  HUB_LOG_LEVEL: "warn",
};

describe("environment", () => {
  it("reads the former names of a renamed step", () => {
    const former = { flow: ["sales"], step: ["book", "enter"] };
    expect(stepEnvironment({ ...STEP, HUB_FORMERLY: JSON.stringify(former) }).formerly).to.eql(former);
    expect(() => stepEnvironment({ ...STEP, HUB_FORMERLY: '{"flow":"sales"}' })).to.throw(EnvironmentError, "HUB_FORMERLY");
  });

  it("reads what a step needs", () => {
    expect(stepEnvironment(STEP)).to.eql({
      flow: "orders",
      graph: "abc",
      bus: "bus",
      table: "table",
      deadLetterUrl: "https://sqs/dead",
      queueUrl: "https://sqs/queue",
      secrets: { "erp/oauth": "arn:1" },
      thirdParties: { erp: { baseUrl: "https://erp.example.com", tokenUrl: "https://erp.example.com/t" } },
      functionName: "fn",
      logLevel: "warn",
    });
  });

  it("lets out what a function may lack", () => {
    const { HUB_QUEUE_URL: _q, HUB_SECRETS: _s, HUB_THIRD_PARTIES: _t, HUB_LOG_LEVEL: _l, ...least } = STEP;
    expect(stepEnvironment(least)).to.deep.include({ secrets: {}, thirdParties: {}, logLevel: "info" });
    expect(stepEnvironment(least).queueUrl).to.equal(undefined);
    expect(hubEnvironment({ HUB_TABLE: "t" })).to.eql({ table: "t", logLevel: "info", functionName: "" });
    expect(ingressEnvironment(STEP).bus).to.equal("bus");
  });

  it("lists all missing and malformed variables at once", () => {
    const broken = {
      ...STEP,
      HUB_FLOW: "",
      HUB_TABLE: undefined,
      HUB_SECRETS: '{"a":1}',
      HUB_THIRD_PARTIES: '{"erp":{"baseUrl":"erp"}}',
      HUB_LOG_LEVEL: "loud",
    };
    const error = (() => {
      try {
        return stepEnvironment(broken);
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error).to.be.instanceOf(EnvironmentError);
    for (const name of ["HUB_FLOW", "HUB_TABLE", "HUB_SECRETS", "HUB_THIRD_PARTIES", "HUB_LOG_LEVEL"])
      expect((error as Error).message).to.include(name);
    expect((error as Error).message).not.to.include("HUB_BUS");
  });
});
