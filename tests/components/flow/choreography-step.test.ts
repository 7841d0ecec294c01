import { expect } from "chai";
import { before, describe, it } from "mocha";
import { IntegrationHub } from "../../../components/index.ts";
import { arnOf, type Deployment, deploy } from "../deploy.ts";
import {
  backOff,
  consume,
  DeadLetters,
  deadLetters,
  fromRules,
  logsOf,
  onlyTls,
  publish,
  redrive,
  state,
  Traces,
} from "../expected.ts";
import { hubConfig } from "../hub-config.ts";
import counting from "../samples/counting.ts";
import shop from "../samples/shop.ts";

describe("a step with a counted join", () => {
  it("may query the items of its own joins, and a step without one may not", async () => {
    const made = await deploy(() => {
      new IntegrationHub("hub", hubConfig(), { flows: [counting] });
    });
    const { Counted } = made.policy("RolePolicy", "counting-all-policy");
    expect(Counted).to.deep.equal({
      Effect: "Allow",
      Action: ["dynamodb:Query"],
      Resource: [arnOf("dynamodb", "hub-state")],
      Condition: {
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["join#counting#all#*"] },
        Null: { "dynamodb:LeadingKeys": "false" },
      },
    });
    expect(made.policy("RolePolicy", "counting-book-policy")).not.to.have.property("Counted");
  });
});

describe("ChoreographyStep", () => {
  let deployed: Deployment<void>;
  before(async () => {
    deployed = await deploy(() => {
      new IntegrationHub("hub", hubConfig(), { flows: [shop] });
    });
  });
  const inputs = (type: string, name: string) => deployed.of(type, name).inputs;
  const aws = (parent: string) =>
    deployed.resources.filter((resource) => resource.parent === parent && resource.type.startsWith("aws:"));

  describe("a step", () => {
    it("is at most 11 resources, all its children, and each named after it", () => {
      for (const [step, count] of Object.entries({ price: 9, settle: 9, note: 11, copy: 9 })) {
        const children = aws(`shop-${step}`);
        expect(children.length, step).to.equal(count);
        expect(children.map(({ name }) => name).filter((name) => !name.startsWith(`shop-${step}`))).to.deep.equal([]);
      }
    });

    it("is triggered by its own flow's events", () => {
      expect(JSON.parse(inputs("EventRule", "shop-price-rule").eventPattern as string)).to.deep.equal({
        source: ["hub.shop"],
        "detail-type": ["OrderAsked"],
      });
    });

    it("is triggered by imported events of any flow", () => {
      expect(JSON.parse(inputs("EventRule", "shop-copy-rule").eventPattern as string)).to.deep.equal({
        source: [{ prefix: "hub." }],
        "detail-type": ["PaymentTaken"],
      });
    });

    it("takes no other flow's events of its own names when its join has both kinds, and only what its own compensation is asked for", () => {
      expect(JSON.parse(inputs("EventRule", "shop-settle-rule").eventPattern as string)).to.deep.equal({
        $or: [
          { source: ["hub.shop"], "detail-type": ["OrderPriced"] },
          { source: [{ prefix: "hub." }], "detail-type": ["PaymentTaken"] },
          { source: ["hub.shop"], "detail-type": ["CompensateStep"], detail: { data: { step: ["settle"] } } },
        ],
      });
    });

    it("gets its events by a queue that hides them for six timeouts and keeps them for less time than the dead letters", () => {
      const { redrivePolicy, ...queue } = inputs("Queue", "shop-price-queue");
      expect(queue).to.deep.equal({ visibilityTimeoutSeconds: 60, messageRetentionSeconds: 345_600, sqsManagedSseEnabled: true });
      expect(JSON.parse(redrivePolicy as string)).to.deep.equal({ deadLetterTargetArn: deadLetters, maxReceiveCount: 1_000 });
      expect(inputs("Queue", "shop-dead-letters")).to.deep.equal({
        messageRetentionSeconds: 1_209_600,
        visibilityTimeoutSeconds: 180,
        sqsManagedSseEnabled: true,
      });
    });

    it("has a target that retries for a day and then dead-letters", () => {
      expect(inputs("EventTarget", "shop-price-target")).to.deep.equal({
        eventBusName: "hub-bus-name",
        rule: "shop-price-rule-name",
        arn: arnOf("sqs", "shop-price-queue"),
        retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
        deadLetterConfig: { arn: deadLetters },
      });
    });

    it("reports failed messages one by one, within its concurrency", () => {
      const common = { functionResponseTypes: ["ReportBatchItemFailures"] };
      expect(inputs("EventSourceMapping", "shop-price-source")).to.deep.equal({
        ...common,
        eventSourceArn: arnOf("sqs", "shop-price-queue"),
        functionName: arnOf("lambda", "shop-price"),
        batchSize: 2,
        scalingConfig: { maximumConcurrency: 5 },
      });
      expect(inputs("EventSourceMapping", "shop-copy-source")).to.deep.equal({
        ...common,
        eventSourceArn: arnOf("sqs", "shop-copy-queue"),
        functionName: arnOf("lambda", "shop-copy"),
        batchSize: 10,
      });
    });

    it("runs its handler with what it declared, in an environment that names things and holds no value of a secret", () => {
      const { code, environment, ...rest } = inputs("Function", "shop-price") as {
        code: { assets: Promise<Record<string, unknown>> };
        environment: { variables: Record<string, string> };
      };
      expect(rest).to.deep.equal({
        description: "shop / price",
        role: arnOf("iam", "shop-price-role"),
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        handler: "index.step_price",
        timeout: 10,
        memorySize: 512,
        tracingConfig: { mode: "Active" },
        loggingConfig: {
          logFormat: "JSON",
          applicationLogLevel: "TRACE",
          systemLogLevel: "INFO",
          logGroup: "shop-price-log-name",
        },
      });
      const { HUB_GRAPH, HUB_SECRETS, HUB_THIRD_PARTIES, ...variables } = environment.variables;
      expect(variables).to.deep.equal({
        HUB_TRACES: '{"share":1}',
        HUB_FLOW: "shop",
        HUB_BUS: "hub-bus-name",
        HUB_TABLE: "hub-state-name",
        HUB_QUEUE_URL: "https://sqs/shop-price-queue",
        HUB_DEAD_LETTER_URL: "https://sqs/shop-dead-letters",
        HUB_LOG_LEVEL: "info",
        NODE_OPTIONS: "--enable-source-maps",
      });
      expect(HUB_GRAPH).to.match(/^[0-9a-f]{16}-0a1b2c3d$/);
      expect(JSON.parse(HUB_SECRETS ?? "")).to.deep.equal({ "shared/oauth": arnOf("secretsmanager", "hub-shared/oauth") });
      expect(JSON.parse(HUB_THIRD_PARTIES ?? "")).to.deep.equal({
        prices: { baseUrl: "https://prices.example.com/v1", tokenUrl: "https://prices.example.com/token" },
        ledger: { baseUrl: "https://ledger.example.com" },
      });
    });

    it("logs to a group that expires, named by flow and step", () => {
      expect(inputs("LogGroup", "shop-price-log")).to.deep.equal({ name: "/hub/dev/shop/price", retentionInDays: 30 });
      expect(inputs("LogGroup", "shop-parcel-ingress-log").name).to.equal("/hub/dev/shop/triggers/parcel");
      expect(inputs("LogGroup", "hub-ledger-log").name).to.equal("/hub/dev/hub-ledger");
    });

    it("has its permissions before the queue is read in its name", () => {
      expect(deployed.of("EventSourceMapping", "shop-price-source").dependencies).to.include("shop-price-policy");
      expect(deployed.of("EventTarget", "shop-price-target").dependencies).to.include("shop-price-queue-policy");
    });

    it("may do what it declared and nothing else, when it uses third parties", () => {
      expect(deployed.policy("RolePolicy", "shop-price-policy")).to.deep.equal({
        Publish: publish("OrderPriced", "StepFailed", "StepSucceeded"),
        State: state("delivery#shop#price#*", "third-party#prices", "third-party#ledger"),
        Holds: { ...state("holds", "cancelled#*"), Action: ["dynamodb:GetItem"] },
        DeadLetters,
        Secrets: {
          Effect: "Allow",
          Action: ["secretsmanager:GetSecretValue"],
          Resource: [arnOf("secretsmanager", "hub-shared/oauth")],
        },
        Consume: consume("shop-price-queue"),
        BackOff: backOff("shop-price-queue"),
        Logs: logsOf("shop-price"),
        Traces,
      });
    });

    it("may touch its join's parts when it joins, and no secret when it needs none", () => {
      expect(deployed.policy("RolePolicy", "shop-settle-policy")).to.deep.equal({
        Publish: publish("JoinTimedOut", "OrderSettled", "StepFailed", "StepSucceeded"),
        State: state("delivery#shop#settle#*", "join#shop#settle#*"),
        Holds: { ...state("holds", "cancelled#*"), Action: ["dynamodb:GetItem"] },
        DeadLetters,
        Consume: consume("shop-settle-queue"),
        BackOff: backOff("shop-settle-queue"),
        Logs: logsOf("shop-settle"),
        Traces,
      });
    });

    it("has a queue that only its own rule may send to, and who redrives", () => {
      expect(deployed.policy("QueuePolicy", "shop-price-queue-policy")).to.deep.equal({
        ...fromRules(arnOf("sqs", "shop-price-queue"), "shop-price-rule"),
        ...redrive("shop-price-queue"),
        ...onlyTls("shop-price-queue"),
      });
    });
  });

  describe("a step with direct delivery", () => {
    it("has a queue for redriven messages only", () => {
      expect(
        aws("shop-note")
          .map(({ type }) => type.split(":")[2])
          .sort(),
      ).to.deep.equal([
        "EventRule",
        "EventSourceMapping",
        "EventTarget",
        "Function",
        "FunctionEventInvokeConfig",
        "LogGroup",
        "Permission",
        "Queue",
        "QueuePolicy",
        "Role",
        "RolePolicy",
      ]);
      expect(deployed.policy("QueuePolicy", "shop-note-redrive-policy")).to.deep.equal({
        ...redrive("shop-note-redrive"),
        ...onlyTls("shop-note-redrive"),
      });
    });

    it("dead-letters both what never reached the function and what the function failed at", () => {
      expect(inputs("EventTarget", "shop-note-target").deadLetterConfig).to.deep.equal({ arn: deadLetters });
      expect(inputs("FunctionEventInvokeConfig", "shop-note-invoke")).to.deep.equal({
        functionName: "shop-note-name",
        maximumEventAgeInSeconds: 21_600,
        maximumRetryAttempts: 2,
        destinationConfig: { onFailure: { destination: deadLetters } },
      });
    });

    it("may be invoked by its rule only", () => {
      expect(inputs("Permission", "shop-note-permission")).to.deep.equal({
        action: "lambda:InvokeFunction",
        function: "shop-note-name",
        principal: "events.amazonaws.com",
        sourceArn: arnOf("cloudwatch", "shop-note-rule"),
      });
    });

    it("may do what it declared and nothing else", () => {
      expect(deployed.policy("RolePolicy", "shop-note-policy")).to.deep.equal({
        Publish: publish("ParcelNoted", "StepFailed", "StepSucceeded"),
        State: state("delivery#shop#note#*", "third-party#open"),
        Holds: { ...state("holds", "cancelled#*"), Action: ["dynamodb:GetItem"] },
        MoveHeld: { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [arnOf("sqs", "shop-note-redrive")] },
        DeadLetters,
        Consume: consume("shop-note-redrive"),
        BackOff: backOff("shop-note-redrive"),
        Logs: logsOf("shop-note"),
        Traces,
      });
    });
  });
});
