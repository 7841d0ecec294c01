import { expect } from "chai";
import { before, describe, it } from "mocha";
import { timersOf } from "../../../components/flow/schedule-times.ts";
import { IntegrationHub } from "../../../components/index.ts";
import { graph } from "../../../model/index.ts";
import type { FlowTargets } from "../../../protocol/dead-letter.ts";
import { arnOf, type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import polling from "../samples/polling.ts";

describe("polls", () => {
  let deployed: Deployment<void>;
  before(async () => {
    deployed = await deploy(() => {
      new IntegrationHub("hub", hubConfig(), { flows: [polling] });
    });
  });
  const inputs = (name: string) => deployed.of("Schedule", name).inputs;
  const variables = (name: string) =>
    (deployed.of("Function", name).inputs as { environment: { variables: Record<string, string> } }).environment.variables;

  it("have a function each, which their schedule invokes once a run", () => {
    expect(deployed.of("Function", "polling-items-poll").inputs).to.include({
      description: "polling / items",
      handler: "index.trigger_items",
      timeout: 600,
      memorySize: 512,
    });
    expect(inputs("polling-items-schedule")).to.deep.equal({
      description: "Polls.",
      scheduleExpression: "rate(5 minutes)",
      scheduleExpressionTimezone: "UTC",
      state: "ENABLED",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: arnOf("lambda", "polling-items-poll"),
        roleArn: arnOf("iam", "polling-polls-role"),
        input: '{"scheduledAt":"<aws.scheduler.scheduled-time>"}',
        retryPolicy: { maximumRetryAttempts: 0 },
      },
    });
    expect(deployed.of("Schedule", "polling-items-schedule").dependencies).to.include("polling-polls-policy");
    expect(inputs("polling-rest-schedule")).to.deep.include({
      scheduleExpressionTimezone: "Europe/Lisbon",
      state: "DISABLED",
      flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 15 },
    });
  });

  it("may touch the item of their own cursor, read what is held, and publish their own events", () => {
    const { Logs: _, Traces: __, ...own } = deployed.policy("RolePolicy", "polling-items-poll-policy");
    const table = (actions: readonly string[], keys: readonly string[]) => ({
      Effect: "Allow",
      Action: actions,
      Resource: [arnOf("dynamodb", "hub-state")],
      Condition: {
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys },
        Null: { "dynamodb:LeadingKeys": "false" },
      },
    });
    expect(own).to.deep.equal({
      Publish: {
        Effect: "Allow",
        Action: ["events:PutEvents"],
        Resource: [arnOf("cloudwatch", "hub-bus")],
        Condition: {
          "ForAllValues:StringEquals": {
            "events:detail-type": ["Found", "Lost"],
            "events:source": ["hub.polling", "hub.pulling"],
          },
          Null: { "events:detail-type": "false", "events:source": "false" },
        },
      },
      State: table(["dynamodb:GetItem", "dynamodb:UpdateItem"], ["poll#pulling#items", "third-party#depot"]),
      Holds: table(["dynamodb:GetItem"], ["holds"]),
      Secrets: {
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue"],
        Resource: [arnOf("secretsmanager", "hub-depot/token")],
      },
    });
    expect(Object.keys(deployed.policy("RolePolicy", "polling-rest-poll-policy"))).not.to.include("Secrets");
    expect(deployed.policy("RolePolicy", "polling-polls-policy")).to.deep.equal({
      Invoke: {
        Effect: "Allow",
        Action: ["lambda:InvokeFunction"],
        Resource: [arnOf("lambda", "polling-items-poll"), arnOf("lambda", "polling-rest-poll")],
      },
    });
  });

  it("run when an operator asks for it: a rule may invoke the function, and is not tried again", () => {
    const { eventPattern } = deployed.of("EventRule", "polling-items-run-rule").inputs;
    expect(JSON.parse(String(eventPattern))).to.deep.equal({
      source: ["hub.polling"],
      "detail-type": ["RunPoll"],
      detail: { data: { trigger: ["items"] } },
    });
    expect(deployed.of("EventTarget", "polling-items-run-target").inputs).to.deep.include({
      arn: arnOf("lambda", "polling-items-poll"),
      retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
    });
    expect(deployed.of("Permission", "polling-items-run-permission").inputs).to.deep.include({
      ...{ action: "lambda:InvokeFunction", principal: "events.amazonaws.com" },
      sourceArn: arnOf("cloudwatch", "polling-items-run-rule"),
    });
  });

  it("are among the targets of their flow, with schedules and polls alike", () => {
    expect(timersOf(polling)).to.deep.equal({
      items: { kind: "poll", expression: "rate(5 minutes)", timezone: "UTC", enabled: true },
      rest: { kind: "poll", expression: "cron(0 6 ? * SUN *)", timezone: "Europe/Lisbon", enabled: false },
    });
    const { item } = deployed.of("TableItem", "polling-targets").inputs as { item: string };
    const { targets } = JSON.parse(item) as { targets: { S: string } };
    expect((JSON.parse(targets.S) as FlowTargets).timers).to.deep.equal(timersOf(polling));
  });

  it("know former names of the flow, and their third parties' addresses and secrets", () => {
    expect(JSON.parse(variables("polling-items-poll").HUB_FORMERLY ?? "")).to.deep.equal({ flow: ["pulling"] });
    expect(JSON.parse(variables("polling-items-poll").HUB_THIRD_PARTIES ?? "")).to.deep.equal({
      depot: { baseUrl: "https://depot.example.com" },
    });
    expect(variables("polling-rest-poll")).not.to.have.any.keys("HUB_THIRD_PARTIES", "HUB_SECRETS");
  });

  it("ring the flow's alarm of errors", () => {
    const { metricQueries } = deployed.of("MetricAlarm", "polling-errors").inputs as {
      metricQueries: { metric?: { dimensions: { FunctionName: string } } }[];
    };
    expect(metricQueries.flatMap(({ metric }) => metric?.dimensions.FunctionName ?? [])).to.include("polling-items-poll-name");
  });

  it("are in the flow's graph, with their third parties", () => {
    expect(graph(polling).triggers).to.deep.equal([
      {
        ...{ name: "items", kind: "poll", expression: "rate(5 minutes)", timezone: "UTC" },
        ...{ emits: ["Found", "Lost"], uses: ["depot"] },
      },
      { name: "rest", kind: "poll", expression: "cron(0 6 ? * SUN *)", timezone: "Europe/Lisbon", emits: ["Found"], uses: [] },
    ]);
    expect(graph(polling).adapters.map(({ name }) => name)).to.deep.equal(["depot"]);
  });
});
