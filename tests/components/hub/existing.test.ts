import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Existing, IntegrationHub } from "../../../components/index.ts";
import orderToErp from "../../../flows/order-to-erp.ts";
import { INDEXES } from "../../../protocol/table.ts";
import { deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import shop from "../samples/shop.ts";

const TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call";
const TABLE_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/ours";
const BUS_ARN = "arn:aws:events:us-east-1:123456789012:event-bus/ours";
const vpc = { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] };
const table = {
  arn: TABLE_ARN,
  hashKey: "pk",
  rangeKey: "sk",
  globalSecondaryIndexes: Object.values(INDEXES).map(({ name }) => ({ name })),
  ttl: { attributeName: "expiresAt", enabled: true },
};
const withHub = (existing: Existing, found: object = table) =>
  deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [shop], existing }), {
    answers: {
      "aws:dynamodb/getTable:getTable": found,
      "aws:cloudwatch/getEventBus:getEventBus": { arn: BUS_ARN },
    },
  });

/** How an output fails; Pulumi's types leave its promise out. */
const rejection = (output: pulumi.Output<string>) =>
  (output as unknown as { promise(): Promise<string> }).promise().then(
    () => undefined,
    (error: unknown) => error,
  );

describe("existing resources", () => {
  it("takes a topic: each alarm notifies it, addresses subscribe to it, and the hub creates none", async () => {
    const { resources, result } = await deploy(
      () =>
        new IntegrationHub("hub", hubConfig({ alarmTargets: ["a@example.com"] }), {
          flows: [],
          existing: { alarmTopicArn: TOPIC },
        }),
    );
    const of = (type: string) => resources.filter((resource) => resource.type.endsWith(`:${type}`));
    expect([...of("Topic"), ...of("TopicPolicy")]).to.deep.equal([]);
    expect(of("MetricAlarm")).not.to.be.empty;
    for (const { name, inputs } of of("MetricAlarm")) expect(inputs.alarmActions, name).to.deep.equal([TOPIC]);
    expect(of("TopicSubscription").map(({ inputs }) => inputs.topic)).to.deep.equal([TOPIC]);
    expect(await new Promise((done) => result.alarmTopic.arn.apply(done))).to.equal(TOPIC);
  });

  it("takes a table: functions, items and rights name it, and the hub creates none", async () => {
    const { of, policy, resources } = await withHub({ tableName: "ours" });
    expect(resources.some(({ type }) => type.endsWith(":Table"))).to.equal(false);
    expect(of("TableItem", "shop-targets").inputs.tableName).to.equal("ours");
    expect((of("Function", "hub-ledger").inputs.environment as { variables: object }).variables).to.include({
      HUB_TABLE: "ours",
    });
    expect(policy("RolePolicy", "hub-status-policy").Requests?.Resource).to.deep.equal([TABLE_ARN]);
    expect(policy("RolePolicy", "hub-status-policy").ByTenant?.Resource).to.deep.equal([`${TABLE_ARN}/index/byTenant`]);
  });

  it("refuses a table that the hub could not work with", async () => {
    const found = { ...table, globalSecondaryIndexes: [{ name: "byTenant" }], ttl: { attributeName: "", enabled: false } };
    const { result } = await withHub({ tableName: "ours" }, found);
    const failure = await rejection(result.table.name);
    expect(String(failure)).to.include(
      "RANGE, existing.tableName, ours: the table lacks the index byCorrelation, the index deadLetters, the index dueDeadLetters, TTL by expiresAt. " +
        'Create it as docs/internals.md says, "State table", or let the hub create one.',
    );
  });

  it("takes a bus: rules, archive and rights name it, and the hub creates none", async () => {
    const { of, policy, resources } = await withHub({ busName: "ours" });
    expect(resources.some(({ type }) => type.endsWith(":EventBus"))).to.equal(false);
    expect(of("EventRule", "shop-price-rule").inputs.eventBusName).to.equal("ours");
    expect(of("EventArchive", "hub-archive").inputs.eventSourceArn).to.equal(BUS_ARN);
    expect(policy("RolePolicy", "shop-price-policy").Publish?.Resource).to.deep.equal([BUS_ARN]);
  });

  it("takes a VPC: functions that need a fixed egress address run in it, and the hub creates none", async () => {
    const { of, policy, resources, result } = await deploy(
      () => new IntegrationHub("hub", hubConfig(), { flows: [orderToErp], existing: { vpc } }),
    );
    expect(resources.filter(({ type }) => /ec2/i.test(type))).to.deep.equal([]);
    expect(of("Function", "order-to-erp-register").inputs.vpcConfig).to.deep.equal(vpc);
    expect(of("Function", "order-to-erp-validate").inputs).not.to.have.property("vpcConfig");
    expect(policy("RolePolicy", "order-to-erp-register-policy")).to.have.property("Network");
    expect(result.egressAddresses).to.equal(undefined);
  });

  it("refuses what can be seen to be wrong, before any resource is created", async () => {
    const { resources } = await deploy(() => {
      const existing = {
        alarmTopicArn: "on-call",
        busName: BUS_ARN,
        tableName: TABLE_ARN,
        vpc: { subnetIds: [], securityGroupIds: [] },
      };
      const config = hubConfig({ egress: { addresses: 2 } });
      expect(() => new IntegrationHub("hub", config, { flows: [], existing })).to.throw(
        [
          "RANGE, existing.alarmTopicArn: on-call is not the ARN of an SNS topic. Set arn:aws:sns:<region>:<account>:<name>.",
          `RANGE, existing.busName: ${BUS_ARN} is not the name of an event bus. Set its name, not its ARN.`,
          `RANGE, existing.tableName: ${TABLE_ARN} is not the name of a table. Set its name, not its ARN.`,
          "RANGE, existing.vpc.subnetIds: it is empty. List at least one private subnet.",
          "RANGE, existing.vpc.securityGroupIds: it is empty. List at least one security group.",
          "RANGE, existing.vpc: hub:egress asks for a VPC of the hub's own as well. Set hub:egress to { addresses: 0 }, or remove existing.vpc.",
        ].join("\n"),
      );
    });
    expect(resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")).to.deep.equal([]);
  });
});
