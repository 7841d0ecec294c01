import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AnyAdapter, DeclarationError, type Flow } from "../../model/index.ts";
import { hubCode } from "../bundler/code.ts";
import type { HubConfig } from "../config/config.ts";
import { ThirdPartyAdapter } from "../flow/third-party-adapter.ts";
import { Gateway } from "../gateway/gateway.ts";
import type { FlowRoute } from "../gateway/route.ts";
import { depthAlarm, unresolvedAlarm } from "../parts/alarms.ts";
import type { LambdaFunction } from "../parts/lambda-function.ts";
import { policyDocument, type Statement } from "../parts/policy-document.ts";
import { type AlarmTopic, alarmTopic } from "./alarm-topic.ts";
import { type Authorizer, createAuthorizer } from "./authorizer.ts";
import { consoleLinks } from "./console-links.ts";
import { type DashboardRow, dashboard } from "./dashboard.ts";
import { EgressNetwork } from "./egress-network.ts";
import { createLedger, createStatus } from "./hub-functions.ts";
import { createOps } from "./ops.ts";
import { createRecorder, type DeadLetterSource, readDeadLetters } from "./recorder.ts";
import { createSweeper } from "./sweeper.ts";

/** Of a summary, what a list shows. */
const LISTED = {
  projectionType: "INCLUDE",
  nonKeyAttributes: ["requestId", "correlationId", "tenant", "flow", "status", "createdAt", "updatedAt"],
};

/** What every flow of a stack shares: bus, state table, ledger, status, third parties, and the gateway once all flows are there. */
export class IntegrationHub extends pulumi.ComponentResource {
  readonly config: HubConfig;
  readonly bus: aws.cloudwatch.EventBus;
  /** Keys, indexes and who may touch what: docs/architecture.md, "State table". */
  readonly table: aws.dynamodb.Table;
  /** Where alarms go; subscribe to it. */
  readonly alarmTopic: AlarmTopic;
  /** ARNs of the roles that may send messages back to the steps' queues. */
  readonly redrivers: readonly pulumi.Output<string>[];
  readonly #name: string;
  readonly #archive: aws.cloudwatch.EventArchive;
  readonly #ops: aws.lambda.Function;
  readonly #recorder: LambdaFunction;
  readonly #redrivers: Readonly<Record<string, LambdaFunction>>;
  readonly #status: aws.lambda.Function;
  readonly #authorizer: Authorizer;
  readonly #secrets = new Map<string, aws.secretsmanager.Secret>();
  readonly #thirdParties = new Map<string, ThirdPartyAdapter>();
  readonly #routes: FlowRoute[] = [];
  readonly #rows: DashboardRow[] = [];
  #gateway: Gateway | undefined;
  #egress: EgressNetwork | undefined;

  /** @param name short kebab-case, such as `hub`; physical names start with it. */
  constructor(name: string, config: HubConfig, options?: pulumi.ComponentResourceOptions) {
    super("hub:index:IntegrationHub", name, {}, options);
    this.#name = name;
    this.config = config;
    this.bus = this.#createBus();
    this.table = this.#createTable();
    this.#archive = this.#createArchive();
    this.alarmTopic = alarmTopic(`${name}-alarms`, config.alarmTargets, { parent: this });
    const common = { hub: this, code: pulumi.output<pulumi.asset.Archive>(hubCode()) };
    const ops = createOps(`${name}-ops`, { ...common, archive: this.#archive });
    const sweeper = createSweeper(`${name}-sweeper`, common);
    this.#ops = ops.function;
    this.redrivers = [ops.role.arn, sweeper.role.arn];
    this.#redrivers = { ops, sweeper };
    this.#recorder = createRecorder(`${name}-recorder`, common);
    createLedger(`${name}-ledger`, common);
    this.#status = createStatus(`${name}-status`, common);
    this.#authorizer = createAuthorizer(`${name}-authorizer`, common);
    unresolvedAlarm(`${name}-unresolved`, { topic: this.alarmTopic, table: this.table }, { parent: this });
    this.registerOutputs({ busName: this.bus.name, tableName: this.table.name });
  }

  /** The secret of this declared name, made once however many ask for it. Nobody but its owner fills it. */
  secret(declared: string): aws.secretsmanager.Secret {
    const known = this.#secrets.get(declared);
    if (known) return known;
    const { protect } = this.config;
    const secret = new aws.secretsmanager.Secret(
      `${this.#name}-${declared}`,
      // The name can be taken again at once where nothing is protected, and be brought back for 30 days where it is.
      { name: `${pulumi.getProject()}/${pulumi.getStack()}/${declared}`, recoveryWindowInDays: protect ? 30 : 0 },
      { parent: this, protect },
    );
    const value = this.config.secrets[declared];
    if (value)
      new aws.secretsmanager.SecretVersion(
        `${this.#name}-${declared}-value`,
        { secretId: secret.id, secretString: pulumi.secret(JSON.stringify(value)) },
        // A value that its owner stored since is the current one: what this made goes stale and is not taken away.
        { parent: this, retainOnDelete: true },
      );
    this.#secrets.set(declared, secret);
    return secret;
  }

  /** @returns JSON: declared name -> ARN, for a function's environment. */
  secretArns(declared: readonly string[]): pulumi.Output<string> {
    return pulumi.jsonStringify(Object.fromEntries([...new Set(declared)].sort().map((name) => [name, this.secret(name).arn])));
  }

  /** The third party of this adapter, made once by name. */
  thirdParty(adapter: AnyAdapter): ThirdPartyAdapter {
    const known = this.#thirdParties.get(adapter.name);
    if (known) return known;
    const config = this.config.thirdParties[adapter.name];
    const made = new ThirdPartyAdapter(
      `${this.#name}-${adapter.name}`,
      { hub: this, adapter, ...(config && { config }) },
      { parent: this },
    );
    this.#thirdParties.set(adapter.name, made);
    return made;
  }

  /**
   * The network of steps that use a third party which lists its callers' addresses, made once.
   * @returns `undefined` where the stack does without
   * @throws DeclarationError when the stack does not say
   */
  egressFor(adapter: AnyAdapter): EgressNetwork | undefined {
    const { egress, tags } = this.config;
    if (!egress)
      throw new DeclarationError([
        {
          code: "ADAPTER",
          where: `adapter ${adapter.name}`,
          fact: "it is called from fixed addresses, and the stack says of none",
          remedy: `Set hub:egress in Pulumi.${pulumi.getStack()}.yaml: { addresses: 2 }, or 0 where this stack does without`,
        },
      ]);
    if (egress.addresses === 0) return undefined;
    this.#egress ??= new EgressNetwork(
      `${this.#name}-egress`,
      { addresses: egress.addresses, anyArn: this.bus.arn, tags },
      { parent: this },
    );
    return this.#egress;
  }

  /** Addresses that third parties are called from, where a flow asks for fixed ones. */
  get egressAddresses(): pulumi.Output<string[]> | undefined {
    return this.#egress?.addresses;
  }

  /** Environment of each function of a flow. */
  environmentOf(flow: Flow, graphHash: string): Record<string, pulumi.Input<string>> {
    return { HUB_FLOW: flow.name, HUB_GRAPH: graphHash, HUB_BUS: this.bus.name, HUB_LOG_LEVEL: this.config.logLevel };
  }

  /**
   * Remembers a route for the gateway. IntegrationFlow calls it.
   * @throws Error when the gateway is open already
   */
  addRoute(route: FlowRoute) {
    if (this.#gateway)
      throw new Error(
        `flow ${route.flow} comes after hub.openGateway(), so its route ${route.route} can't be in the API. Declare all flows first.`,
      );
    this.#routes.push(route);
  }

  /** Has the recorder read a dead-letter queue, and writes down whose messages lie there. IntegrationFlow calls it. */
  addDeadLetters(name: string, { deadLetters, ...of }: DeadLetterSource, options: pulumi.CustomResourceOptions) {
    readDeadLetters(name, { recorder: this.#recorder, queue: deadLetters }, options);
    const targets = pulumi.jsonStringify({ ...of, deadLetterArn: deadLetters.arn });
    const item = { pk: { S: "targets" }, sk: { S: of.flow }, targets: { S: targets } };
    new aws.dynamodb.TableItem(
      `${name}-targets`,
      { tableName: this.table.name, hashKey: "pk", rangeKey: "sk", item: pulumi.jsonStringify(item) },
      options,
    );
    depthAlarm(`${name}-dead-letters-depth`, { topic: this.alarmTopic, queue: deadLetters, what: of.flow }, options);
  }

  /** A dead letter of a schedule goes back to the bus: by a policy of the flow's own, so that a new flow changes no resource. */
  letRedriversPublish(name: string, statement: Statement, options: pulumi.CustomResourceOptions) {
    for (const [redriver, { role }] of Object.entries(this.#redrivers))
      new aws.iam.RolePolicy(`${name}-${redriver}-policy`, { role: role.name, policy: policyDocument([statement]) }, options);
  }

  /**
   * Makes the REST API, once all flows are declared: its routes are one OpenAPI body, so adding a flow changes that body and no
   * other resource.
   */
  openGateway(): Gateway {
    if (this.#gateway) return this.#gateway;
    this.#gateway = new Gateway(
      `${this.#name}-gateway`,
      {
        bus: this.bus,
        config: this.config,
        routes: this.#routes,
        status: this.#status,
        ops: this.#ops,
        authorizer: this.#authorizer,
        table: this.table,
      },
      { parent: this },
    );
    return this.#gateway;
  }

  /** Remembers what the dashboard shows of a flow. IntegrationFlow calls it. */
  addRow(row: DashboardRow) {
    this.#rows.push(row);
  }

  /**
   * Makes the dashboard, once all flows are declared.
   * @returns pages of the AWS console about the hub, each as its address
   */
  openDashboard() {
    const { api, webAclMetric } = this.openGateway();
    const region = this.bus.arn.apply((arn) => arn.split(":")[3] ?? "");
    const args = { api, webAclMetric, region, table: this.table, rows: this.#rows };
    const { dashboardName } = dashboard(`${this.#name}-dashboard`, args, { parent: this });
    return consoleLinks({ busArn: this.bus.arn, busName: this.bus.name, tableName: this.table.name, dashboardName });
  }

  // The classic bus: the newer Custom Event Bus has no Pulumi resource yet.
  #createBus(): aws.cloudwatch.EventBus {
    return new aws.cloudwatch.EventBus(`${this.#name}-bus`, { description: "Events of the integration hub" }, { parent: this });
  }

  #createArchive(): aws.cloudwatch.EventArchive {
    return new aws.cloudwatch.EventArchive(
      `${this.#name}-archive`,
      { eventSourceArn: this.bus.arn, retentionDays: this.config.archiveDays, description: "For replays" },
      { parent: this },
    );
  }

  #createTable(): aws.dynamodb.Table {
    const { protect } = this.config;
    return new aws.dynamodb.Table(
      `${this.#name}-state`,
      {
        billingMode: "PAY_PER_REQUEST",
        hashKey: "pk",
        rangeKey: "sk",
        attributes: ["pk", "sk", "listedIn", "correlatedIn", "listedAt", "letterBucket", "letterAt"].map((name) => ({
          name,
          type: "S",
        })),
        globalSecondaryIndexes: [
          // Sparse: only summaries of requests have these keys. An index of its own costs a write each time a summary is written, so
          // it holds no more than a list shows.
          { name: "byTenant", hashKey: "listedIn", rangeKey: "listedAt", ...LISTED },
          { name: "byCorrelation", hashKey: "correlatedIn", rangeKey: "listedAt", ...LISTED },
          // Sparse: only records of dead letters have both.
          { name: "deadLetters", hashKey: "letterBucket", rangeKey: "letterAt", projectionType: "ALL" },
        ],
        ttl: { attributeName: "expiresAt", enabled: true },
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: { enabled: true },
        deletionProtectionEnabled: protect,
      },
      { parent: this, protect },
    );
  }
}
