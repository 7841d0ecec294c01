import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import * as z from "zod";
import { type FlowEntry, flowWith, IntegrationHub } from "../../../components/index.ts";
import { adapter, call, event, flow, noAuth, secretUrl, step } from "../../../model/index.ts";
import { arnOf, type Deployment, deploy, type Registered } from "../deploy.ts";
import { consumedByRecorder } from "../expected.ts";
import { hubConfig } from "../hub-config.ts";
import partner from "../samples/partner.ts";
import shop from "../samples/shop.ts";

const table = arnOf("dynamodb", "hub-state");
const read = (resource: string, actions: string[], keys: string[]) => ({
  Effect: "Allow",
  Action: actions,
  Resource: [resource],
  Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys }, Null: { "dynamodb:LeadingKeys": "false" } },
});

interface Environment {
  readonly variables: Readonly<Record<string, string>>;
}

describe("IntegrationHub", () => {
  let deployed: Deployment<IntegrationHub>;
  before(async () => {
    const thirdParties = { prices: { baseUrl: "https://prices.test.example.com" } };
    deployed = await deploy(() => new IntegrationHub("hub", hubConfig({ protect: true, thirdParties }), { flows: [shop] }));
  });
  const inputs = (type: string, name: string) => deployed.of(type, name).inputs;

  it("archives each event for as long as the stack says, never for ever", () => {
    expect(inputs("EventArchive", "hub-archive")).to.include({
      eventSourceArn: arnOf("cloudwatch", "hub-bus"),
      retentionDays: 7,
    });
  });

  it("keeps its state in one table, on demand, restorable, with sparse indexes of what a list shows", () => {
    const nonKeyAttributes = ["requestId", "correlationId", "tenant", "flow", "status", "createdAt", "updatedAt"];
    const listed = { projectionType: "INCLUDE", nonKeyAttributes };
    const state = deployed.of("Table", "hub-state");
    const keys = (hash: string, range: string) => [
      { attributeName: hash, keyType: "HASH" },
      { attributeName: range, keyType: "RANGE" },
    ];
    expect(state.inputs).to.deep.equal({
      billingMode: "PAY_PER_REQUEST",
      hashKey: "pk",
      rangeKey: "sk",
      attributes: ["pk", "sk", "listedIn", "listedAt", "correlatedIn", "letterBucket", "letterAt", "dueIn", "dueAt"].map(
        (name) => ({
          name,
          type: "S",
        }),
      ),
      globalSecondaryIndexes: [
        { name: "byTenant", keySchemas: keys("listedIn", "listedAt"), ...listed },
        { name: "byCorrelation", keySchemas: keys("correlatedIn", "listedAt"), ...listed },
        { name: "deadLetters", keySchemas: keys("letterBucket", "letterAt"), projectionType: "ALL" },
        { name: "dueDeadLetters", keySchemas: keys("dueIn", "dueAt"), projectionType: "KEYS_ONLY" },
      ],
      ttl: { attributeName: "expiresAt", enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: false },
      deletionProtectionEnabled: true,
    });
    expect(state.protect).to.equal(true);
  });

  it("lets the ledger follow the first events and the reports of all flows", () => {
    expect(JSON.parse(inputs("EventRule", "hub-ledger-rule").eventPattern as string)).to.deep.equal({
      source: [{ prefix: "hub." }],
      $or: [
        { "detail-type": ["StepSucceeded", "StepFailed", "StepGivenUp", "JoinTimedOut", "RequestCancelled"] },
        { detail: { metadata: { step: [{ prefix: "trigger:" }] } } },
      ],
    });
    expect(inputs("Function", "hub-ledger").handler).to.equal("index.ledger");
    expect(inputs("EventSourceMapping", "hub-ledger-source").functionResponseTypes).to.deep.equal(["ReportBatchItemFailures"]);
  });

  it("lets the ledger touch requests, keep their inputs, read graphs and ask for compensations, and nothing else", () => {
    expect(deployed.policy("RolePolicy", "hub-ledger-policy")).to.deep.equal({
      Publish: {
        Effect: "Allow",
        Action: ["events:PutEvents"],
        Resource: [arnOf("cloudwatch", "hub-bus")],
        Condition: {
          "ForAllValues:StringEquals": { "events:detail-type": ["CompensateStep"] },
          "ForAllValues:StringLike": { "events:source": ["hub.*"] },
          Null: { "events:detail-type": "false", "events:source": "false" },
        },
      },
      Requests: read(table, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"], ["request#*"]),
      Inputs: read(table, ["dynamodb:PutItem"], ["input#*"]),
      Found: read(table, ["dynamodb:BatchWriteItem"], ["request#*", "input#*"]),
      Graphs: read(table, ["dynamodb:GetItem"], ["graph#*"]),
      Cancelled: read(table, ["dynamodb:GetItem", "dynamodb:PutItem"], ["cancelled#*"]),
      Consume: {
        Effect: "Allow",
        Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        Resource: [arnOf("sqs", "hub-ledger-queue")],
      },
      Logs: {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: [`${arnOf("cloudwatch", "hub-ledger-log")}:*`],
      },
      Traces: { Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: ["*"] },
    });
  });

  it("lets the status function read requests and their graphs, and nothing else", () => {
    expect(deployed.policy("RolePolicy", "hub-status-policy")).to.deep.equal({
      Requests: read(table, ["dynamodb:GetItem", "dynamodb:Query"], ["request#*"]),
      Graphs: read(table, ["dynamodb:GetItem"], ["graph#*"]),
      ByTenant: { Effect: "Allow", Action: ["dynamodb:Query"], Resource: [`${table}/index/byTenant`] },
      ByCorrelation: { Effect: "Allow", Action: ["dynamodb:Query"], Resource: [`${table}/index/byCorrelation`] },
      Logs: {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: [`${arnOf("cloudwatch", "hub-status-log")}:*`],
      },
      Traces: { Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: ["*"] },
    });
  });

  it("lets only the ledger's rule send to its queue and its dead letters", () => {
    for (const queue of ["hub-ledger-queue", "hub-ledger-dead-letters"]) {
      expect(deployed.policy("QueuePolicy", `${queue}-policy`).Rules).to.deep.include({
        Principal: { Service: "events.amazonaws.com" },
        Resource: [arnOf("sqs", queue)],
        Condition: { ArnEquals: { "aws:SourceArn": [arnOf("cloudwatch", "hub-ledger-rule")] } },
      });
    }
  });

  const Logs = (name: string) => ({
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: [`${arnOf("cloudwatch", `${name}-log`)}:*`],
  });
  const Traces = { Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: ["*"] };
  const Publish = (...events: string[]) => ({
    Effect: "Allow",
    Action: ["events:PutEvents"],
    Resource: [arnOf("cloudwatch", "hub-bus")],
    Condition: {
      "ForAllValues:StringEquals": { "events:detail-type": events },
      "ForAllValues:StringLike": { "events:source": ["hub.*"] },
      Null: { "events:detail-type": "false", "events:source": "false" },
    },
  });
  const letters = ["dynamodb:GetItem", "dynamodb:PutItem"];
  const Targets = read(table, ["dynamodb:Query"], ["targets"]);
  const Requests = read(table, ["dynamodb:GetItem"], ["request#*"]);
  const Jobs = read(table, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], ["jobs"]);
  const decide = {
    Letters: read(table, ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], ["dead-letter#*"]),
    FindLetters: { Effect: "Allow", Action: ["dynamodb:Query"], Resource: [`${table}/index/deadLetters`] },
    Targets,
    Requests,
    Publish: {
      ...Publish(),
      Condition: { "ForAllValues:StringLike": { "events:source": ["hub.*"] }, Null: { "events:source": "false" } },
    },
    Traces,
  };

  it("lets the recorder read the dead-letter queues of all flows, write dead letters and report how a delivery ended", async () => {
    const opened = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [shop] }));
    expect(opened.policy("RolePolicy", "hub-recorder-policy")).to.deep.equal({
      Letters: read(table, letters, ["dead-letter#*"]),
      Targets,
      Requests,
      Publish: Publish("StepFailed"),
      Logs: Logs("hub-recorder"),
      Traces,
    });
    for (const owner of ["hub-ledger", "shop"])
      expect(opened.policy("QueuePolicy", `${owner}-dead-letters-policy`).Consume).to.deep.equal(
        consumedByRecorder(`${owner}-dead-letters`).Consume,
      );
  });

  it("lets operators decide on dead letters, and start replays of its own archive to its own bus", () => {
    expect(deployed.policy("RolePolicy", "hub-ops-policy")).to.deep.equal({
      ...decide,
      Letter: read(table, ["dynamodb:GetItem"], ["dead-letter#*"]),
      Jobs,
      Groups: read(table, ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Query"], ["dead-letter-groups"]),
      Inputs: read(table, ["dynamodb:GetItem"], ["input#*", "schemas#*"]),
      CountLetters: { Effect: "Allow", Action: ["dynamodb:Query"], Resource: [`${table}/index/dueDeadLetters`] },
      Cancelled: read(table, letters, ["cancelled#*"]),
      Holds: read(table, ["dynamodb:GetItem", "dynamodb:PutItem"], ["holds"]),
      Polls: read(table, ["dynamodb:GetItem"], ["poll#*"]),
      Breakers: read(table, ["dynamodb:GetItem"], ["third-party#*"]),
      Audit: read(table, ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], ["audit#*"]),
      Replays: {
        Effect: "Allow",
        Action: ["events:StartReplay"],
        Resource: [
          arnOf("cloudwatch", "hub-archive"),
          arnOf("cloudwatch", "hub-bus"),
          "arn:aws:cloudwatch:us-east-1:123456789012:replay/hub-*",
        ],
      },
      ReplayStates: {
        Effect: "Allow",
        Action: ["events:DescribeReplay"],
        Resource: ["arn:aws:cloudwatch:us-east-1:123456789012:replay/hub-*"],
      },
      Logs: Logs("hub-ops"),
    });
  });

  describe("the authorizer", () => {
    it("may read the rules of routes and the secret of its keys, and do nothing else", () => {
      expect(deployed.policy("RolePolicy", "hub-authorizer-policy")).to.deep.equal({
        Routes: read(table, ["dynamodb:GetItem"], ["route#*"]),
        Secrets: {
          Effect: "Allow",
          Action: ["secretsmanager:GetSecretValue"],
          Resource: [arnOf("secretsmanager", "hub-authorizer-consumers")],
        },
        Logs: Logs("hub-authorizer"),
        Traces,
      });
    });

    it("knows the issuer from the stack, and nothing of consumers", async () => {
      const jwt = { issuer: "https://login.example.com/", audience: "hub", tenantClaim: "org" };
      const deployment = await deploy(() => new IntegrationHub("hub", hubConfig({ jwt }), { flows: [] }));
      const { handler, environment } = deployment.of("Function", "hub-authorizer").inputs as {
        handler: string;
        environment: { variables: Record<string, string> };
      };
      const { HUB_JWT = "", ...rest } = environment.variables;
      expect(handler).to.equal("index.authorizer");
      expect(JSON.parse(HUB_JWT)).to.deep.equal({
        issuer: "https://login.example.com/",
        audience: ["hub"],
        jwksUri: "https://login.example.com/.well-known/jwks.json",
        consumerClaim: "client_id",
        tenantClaim: "org",
      });
      expect(rest).to.deep.equal({
        NODE_OPTIONS: "--enable-source-maps",
        HUB_TABLE: "hub-state-name",
        HUB_SECRETS: JSON.stringify({ consumers: arnOf("secretsmanager", "hub-authorizer-consumers") }),
        HUB_LOG_LEVEL: "info",
      });
    });

    it("finds consumers and their keys in a secret that the state holds encrypted, and nowhere else", async () => {
      const deployment = await deploy(() => {
        const consumers = { web: { clients: ["0oa1", "web"], tenant: "shop" }, ops: {}, support: {} };
        const operators = { support: "viewer", ops: "admin" } as const;
        new IntegrationHub("hub", hubConfig({ consumers, operators }), { flows: [] });
      });
      const { inputs, secrets } = deployment.of("SecretVersion", "hub-gateway-consumers");
      expect(inputs.secretId).to.equal("hub-authorizer-consumers-id");
      const stored = JSON.parse((inputs.secretString as { value: string }).value) as Record<string, string>;
      expect(Object.entries(stored).map(([name, text]) => [name, JSON.parse(text)])).to.deep.equal([
        ["web", { key: "value of hub-gateway-web-key", tenant: "shop", operator: false, clients: ["0oa1", "web"] }],
        ["ops", { key: "value of hub-gateway-ops-key", tenant: "ops", operator: true, clients: ["ops"], role: "admin" }],
        [
          "support",
          {
            key: "value of hub-gateway-support-key",
            ...{ tenant: "support", operator: false, clients: ["support"], role: "viewer" },
          },
        ],
      ]);
      expect(secrets).to.include("secretString");
      expect(deployment.of("ApiKey", "hub-gateway-web-key").secretOutputs).to.deep.equal(["value"]);
      const others = deployment.resources.filter(({ name }) => name !== "hub-gateway-consumers");
      expect(JSON.stringify(others)).not.to.include("value of hub-gateway-web-key");
    });
  });

  it("lets the sweeper decide on dead letters and requests, and its schedule start it and nothing else", () => {
    expect(deployed.policy("RolePolicy", "hub-sweeper-policy")).to.deep.equal({
      Letter: read(table, ["dynamodb:GetItem"], ["dead-letter#*"]),
      DueLetters: { Effect: "Allow", Action: ["dynamodb:Query"], Resource: [`${table}/index/dueDeadLetters`] },
      Joins: read(table, ["dynamodb:GetItem", "dynamodb:UpdateItem"], ["join#*"]),
      Jobs,
      Holds: read(table, letters, ["holds"]),
      Cancelled: read(table, letters, ["cancelled#*"]),
      Inputs: read(table, ["dynamodb:GetItem"], ["input#*", "schemas#*"]),
      ...decide,
      Logs: Logs("hub-sweeper"),
    });
    expect(deployed.policy("RolePolicy", "hub-sweeper-schedule-policy")).to.deep.equal({
      Invoke: { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [arnOf("lambda", "hub-sweeper")] },
    });
  });

  it("uses no managed policy, and * only for traces and the account's logging role", () => {
    for (const { type, name, inputs } of deployed.resources) {
      expect(type, name).not.to.match(/PolicyAttachment/);
      expect(inputs, name).not.to.have.property("managedPolicyArns");
      if (!type.endsWith(":RolePolicy")) continue;
      for (const [sid, { Resource }] of Object.entries(deployed.policy("RolePolicy", name))) {
        if (sid !== "Traces" && `${name}, ${sid}` !== "hub-gateway-logs-policy, LogGroups")
          expect(Resource, `${name}, ${sid}`).not.to.include("*");
      }
    }
  });

  it("makes a secret once however many share it, empty, under the name that its owner fills it by", () => {
    const secrets = deployed.resources.filter(({ type }) => type.endsWith(":Secret"));
    expect(secrets.map(({ name }) => name).sort()).to.deep.equal([
      // The authorizer's secret, which no operator fills in.
      "hub-authorizer-consumers",
      "hub-parcels/hook",
      "hub-shared/oauth",
    ]);
    expect(inputs("Secret", "hub-shared/oauth")).to.deep.equal({ name: "hub/dev/shared/oauth", recoveryWindowInDays: 30 });
    expect(secrets.filter(({ protect }) => !protect)).to.deep.equal([]);
    const versions = deployed.resources.filter(({ type }) => type.endsWith(":SecretVersion"));
    expect(versions.map(({ name }) => name)).to.deep.equal(["hub-gateway-consumers"]);
  });

  it("describes each third party once, as plain data and where it is on this stack", () => {
    expect(deployed.resources.filter(({ type }) => type.endsWith(":ThirdPartyAdapter")).map(({ name }) => name)).to.have.members([
      "hub-prices",
      "hub-ledger",
      "hub-open",
    ]);
    const { operations, ...rest } = inputs("ThirdPartyAdapter", "hub-prices") as {
      operations: { query: { required: string[] } }[];
    };
    expect(rest).to.deep.equal({
      name: "prices",
      baseUrl: "https://prices.test.example.com",
      tokenUrl: "https://prices.test.example.com/token",
      auth: {
        kind: "oauth2-client-credentials",
        secret: "shared/oauth",
        tokenUrl: "/token",
        clientAuth: "client_secret_basic",
        algorithm: "RS256",
      },
      secrets: { "shared/oauth": ["clientId", "clientSecret"] },
      timeout: "5 seconds",
      rateLimit: { calls: 10, per: "1 second" },
    });
    expect(operations[0]).to.include({ name: "quote", method: "GET", path: "/quotes/:sku" });
    expect(operations[0]?.query.required).to.deep.equal(["currency"]);
  });

  it("names every child after its component, or after the flow whose route the gateway serves", () => {
    const serves = (parent: string | undefined, name: string) => parent === "hub-gateway" && name.startsWith("shop-");
    const strange = deployed.resources.filter(
      ({ name, parent, type }) =>
        type.startsWith("aws:") && name !== parent && !name.startsWith(`${parent}-`) && !serves(parent, name),
    );
    expect(strange.map(({ name, parent }) => `${name} of ${parent}`)).to.deep.equal([]);
  });

  it("gives two hubs of one stack names of their own", async () => {
    const { resources } = await deploy(() => {
      for (const name of ["one", "two"]) new IntegrationHub(name, hubConfig(), { flows: [] });
    });
    const keys = resources.map(({ type, name }) => `${type} ${name}`);
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it("changes no resource when another flow joins, but for the API's body with its deployment, and the dashboard", async () => {
    const run = (partners: readonly string[]) =>
      deploy(() => {
        const more = partners.map((name) => flowWith(name, partner, { partner: name, limit: 9 }));
        new IntegrationHub("hub", hubConfig(), { flows: [shop, ...more] });
      });
    const [before, after] = [await run([]), await run(["acme"])];
    const plain = ({ inputs: { code, ...inputs } }: Registered) => inputs;
    const changed = before.resources.filter((resource) => {
      const same = after.resources.find(({ type, name }) => type === resource.type && name === resource.name);
      return !same || !isDeepStrictEqual(plain(same), plain(resource));
    });
    expect(changed.map(({ name }) => name)).to.have.members(["hub-gateway", "hub-gateway-deployment", "hub-dashboard"]);
  });

  it("gives the functions of a flow the log level that the stack sets for it, and all others the stack's", async () => {
    const config = hubConfig({ logLevels: { shop: "debug" }, logLevel: "warn" });
    const { resources } = await deploy(() => new IntegrationHub("hub", config, { flows: [shop] }));
    const levels = resources.flatMap(({ type, name, inputs }) =>
      type === "aws:lambda/function:Function"
        ? [[name.split("-")[0], (inputs as { readonly environment: Environment }).environment.variables.HUB_LOG_LEVEL]]
        : [],
    );
    expect([...new Set(levels.map((pair) => pair.join()))].sort()).to.deep.equal(["hub,warn", "shop,debug"]);
  });

  it("refuses settings that no flow uses, and flows that clash, before any resource is created", async () => {
    const { resources } = await deploy(() => {
      const config = hubConfig({ thirdParties: { erp: {} }, secrets: { unknown: { token: "a" } }, logLevels: { stop: "debug" } });
      expect(() => new IntegrationHub("hub", config, { flows: [shop] })).to.throw(
        /^ADAPTER, config hub:thirdParties, erp: no flow uses a third party of this name\. .*\nSECRET, config hub:secrets, unknown: no flow uses a secret of this name\. .*\nNAME, config hub:logLevels, stop: the program has no flow of this name\. Use one of shop\.$/,
      );
      const same = flowWith("other", () => ({ ...shop, name: "other" }), undefined);
      expect(() => new IntegrationHub("hub", hubConfig(), { flows: [shop, same] })).to.throw(
        "ROUTE, flow other: flow shop has POST /shop/orders already.",
      );
      const [first, second] = ["a", "b"].map((name) => flowWith("acme", partner, { partner: name, limit: 9 }));
      expect(() => new IntegrationHub("hub", hubConfig(), { flows: [first, second] as FlowEntry[] })).to.throw(
        "NAME, IntegrationFlow acme: two flows get this name. Give each flow a name of its own.",
      );
    });
    expect(resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")).to.deep.equal([]);
  });

  it("refuses a setting that would show an address that is a secret", async () => {
    await deploy(() => {
      const Posted = event("Posted", z.object({}));
      const chat = adapter("chat", {
        baseUrl: secretUrl({ secret: "chat/hook", host: "hooks.example.com" }),
        auth: noAuth(),
        timeout: "1 second",
        operations: { post: call("POST /", { returns: z.string() }) },
      });
      const chats = flow("chats", {
        summary: "s",
        owner: "o",
        source: shop.source,
        imports: [Posted],
        steps: { post: step({ on: Posted, emits: [], uses: { chat }, handler: () => [] }) },
      });
      const config = hubConfig({ thirdParties: { chat: { baseUrl: "https://hooks.example.com/services/T0" } } });
      expect(() => new IntegrationHub("hub", config, { flows: [chats] })).to.throw(
        "SECRET, config hub:thirdParties, chat: its address is a secret, and a setting is plain text. Remove baseUrl here",
      );
    });
  });

  it("gives its provider and parent to its flows, which are not its children", async () => {
    const { of } = await deploy(() => {
      const parent = new pulumi.ComponentResource("test:index:Team", "team");
      new IntegrationHub("hub", hubConfig(), { flows: [shop] }, { parent });
    });
    expect([of("IntegrationHub", "hub").parent, of("IntegrationFlow", "shop").parent]).to.deep.equal(["team", "team"]);
  });
});
