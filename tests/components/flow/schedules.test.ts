import { expect } from "chai";
import { before, describe, it } from "mocha";
import { IntegrationHub } from "../../../components/index.ts";
import { graph } from "../../../model/index.ts";
import { arnOf, type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import ticking from "../samples/ticking.ts";

const Publish = {
  Effect: "Allow",
  Action: ["events:PutEvents"],
  Resource: [arnOf("cloudwatch", "hub-bus")],
  Condition: {
    "ForAllValues:StringEquals": { "events:detail-type": ["Rested", "Ticked"], "events:source": ["hub.ticking"] },
    Null: { "events:detail-type": "false", "events:source": "false" },
  },
};

describe("schedules", () => {
  let deployed: Deployment<void>;
  before(async () => {
    deployed = await deploy(() => {
      new IntegrationHub("hub", hubConfig(), { flows: [ticking] });
    });
  });
  const inputs = (name: string) => deployed.of("Schedule", name).inputs;

  it("publish the first event, with the time of the run for its ids", () => {
    const { HUB_GRAPH } = (
      deployed.of("Function", "ticking-count").inputs as { environment: { variables: Record<string, string> } }
    ).environment.variables;
    const { target, ...rest } = inputs("ticking-tick-schedule") as { target: Record<string, unknown> };
    const { input, ...wired } = target;
    expect(rest).to.deep.equal({
      description: "Ticks.",
      scheduleExpression: "rate(5 minutes)",
      scheduleExpressionTimezone: "UTC",
      state: "ENABLED",
      flexibleTimeWindow: { mode: "OFF" },
    });
    expect(wired).to.deep.equal({
      arn: arnOf("cloudwatch", "hub-bus"),
      roleArn: arnOf("iam", "ticking-schedule-role"),
      eventbridgeParameters: { detailType: "Ticked", source: "hub.ticking" },
      retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
      deadLetterConfig: { arn: arnOf("sqs", "ticking-dead-letters") },
    });
    const id = "schedule:ticking.tick:<aws.scheduler.scheduled-time>";
    expect(JSON.parse(String(input))).to.deep.equal({
      metadata: {
        eventId: id,
        requestId: id,
        correlationId: id,
        causationId: "",
        tenant: "schedule:ticking.tick",
        flow: "ticking",
        graph: HUB_GRAPH,
        step: "trigger:tick",
        version: 2,
        occurredAt: "<aws.scheduler.scheduled-time>",
        hop: 0,
        traceparent: "",
      },
      data: { n: 7 },
    });
  });

  it("take time zone, window and state", () => {
    expect(inputs("ticking-rest-schedule")).to.deep.include({
      scheduleExpression: "cron(0 6 ? * SUN *)",
      scheduleExpressionTimezone: "Europe/Lisbon",
      state: "DISABLED",
      flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 15 },
    });
  });

  it("may publish their events and write to the flow's dead letters, and nothing else", () => {
    expect(deployed.policy("RolePolicy", "ticking-schedule-policy")).to.deep.equal({
      Publish,
      DeadLetters: { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [arnOf("sqs", "ticking-dead-letters")] },
    });
    expect(JSON.parse(String(deployed.of("Role", "ticking-schedule-role").inputs.assumeRolePolicy)).Statement).to.deep.equal([
      {
        Effect: "Allow",
        Principal: { Service: "scheduler.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "123456789012" },
          ArnEquals: { "aws:SourceArn": "arn:aws:scheduler:us-east-1:123456789012:schedule-group/default" },
        },
      },
    ]);
    expect(inputs("ticking-tick-schedule")).to.be.an("object");
    expect(deployed.of("Schedule", "ticking-tick-schedule").dependencies).to.include("ticking-schedule-policy");
  });

  it("need no policy on the roles of operators and the sweeper, which would be full after some flows", () => {
    const policies = deployed.resources.filter(({ type }) => type.endsWith(":RolePolicy"));
    for (const role of ["hub-ops-role-name", "hub-sweeper-role-name", "hub-recorder-role-name"])
      expect(policies.filter(({ inputs }) => inputs.role === role)).to.have.length(1);
  });

  it("identify the trigger of a dead letter for the recorder", () => {
    const item = JSON.parse(String(deployed.of("TableItem", "ticking-targets").inputs.item)) as { targets: { S: string } };
    expect(JSON.parse(item.targets.S).schedules).to.deep.equal({
      tick: { scheduleArn: arnOf("scheduler", "ticking-tick-schedule"), event: "Ticked" },
      rest: { scheduleArn: arnOf("scheduler", "ticking-rest-schedule"), event: "Rested" },
    });
  });

  it("are in the flow's graph", () => {
    expect(graph(ticking).triggers).to.deep.equal([
      { name: "tick", kind: "schedule", expression: "rate(5 minutes)", timezone: "UTC", emits: "Ticked" },
      { name: "rest", kind: "schedule", expression: "cron(0 6 ? * SUN *)", timezone: "Europe/Lisbon", emits: "Rested" },
    ]);
  });
});
