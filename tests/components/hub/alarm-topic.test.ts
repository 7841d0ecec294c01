import { expect } from "chai";
import { before, describe, it } from "mocha";
import { IntegrationHub } from "../../../components/index.ts";
import { arnOf, type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";

const OTHERS = "arn:aws:sns:us-east-1:123456789012:on-call";
const targets = ["on-call@example.com", "https://pager.example.com/hook", OTHERS];

describe("alarm topic", () => {
  let deployed: Deployment<unknown>;
  before(async () => {
    deployed = await deploy(() => new IntegrationHub("hub", hubConfig({ alarmTargets: targets }), { flows: [] }));
  });

  it("lets this account's alarms publish, by TLS only", () => {
    const topic = arnOf("sns", "hub-alarms");
    expect(deployed.policy("TopicPolicy", "hub-alarms-policy")).to.deep.equal({
      Alarms: {
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: ["sns:Publish"],
        Resource: [topic],
        Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*" } },
      },
      OnlyTls: {
        Effect: "Deny",
        Principal: "*",
        Action: ["sns:Publish"],
        Resource: [topic],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    });
  });

  it("is subscribed to by addresses and endpoints", () => {
    const subscriptions = deployed.resources.filter(({ type }) => type.endsWith(":TopicSubscription"));
    expect(subscriptions.map(({ inputs: { protocol, topic } }) => ({ protocol, topic }))).to.deep.equal(
      ["email", "https"].map((protocol) => ({ protocol, topic: arnOf("sns", "hub-alarms") })),
    );
    expect(subscriptions.map(({ inputs }) => plain(inputs.endpoint))).to.deep.equal(targets.slice(0, 2));
  });

  it("is notified by each alarm, as are further topics", () => {
    const alarms = deployed.resources.filter(({ type }) => type.endsWith(":MetricAlarm"));
    expect(alarms).not.to.have.length(0);
    for (const { name, inputs } of alarms)
      for (const actions of [inputs.alarmActions, inputs.okActions])
        expect(actions, name).to.deep.equal([arnOf("sns", "hub-alarms"), OTHERS]);
  });
});

/** What a secret holds. */
const plain = (value: unknown) =>
  typeof value === "object" && value !== null && "value" in value ? (value as { value: unknown }).value : value;
