import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AnyAdapter, Flow } from "../model/index.ts";
import { hubCode } from "./code.ts";
import type { HubConfig } from "./config.ts";
import { Gateway } from "./gateway/gateway.ts";
import type { FlowRoute } from "./gateway/route.ts";
import { createLedger, createStatus } from "./hub-functions.ts";
import { ThirdPartyAdapter } from "./third-party-adapter.ts";

/** What every flow of a stack shares: bus, state table, ledger, status, third parties, and the gateway once all flows are there. */
export class IntegrationHub extends pulumi.ComponentResource {
  readonly config: HubConfig;
  readonly bus: aws.cloudwatch.EventBus;
  /** Keys, indexes and who may touch what: docs/architecture.md, "State table". */
  readonly table: aws.dynamodb.Table;
  readonly #name: string;
  readonly #status: aws.lambda.Function;
  readonly #secrets = new Map<string, aws.secretsmanager.Secret>();
  readonly #thirdParties = new Map<string, ThirdPartyAdapter>();
  readonly #routes: FlowRoute[] = [];
  #gateway: Gateway | undefined;

  /** @param name short kebab-case, such as `hub`; physical names start with it. */
  constructor(name: string, config: HubConfig, options?: pulumi.ComponentResourceOptions) {
    super("hub:index:IntegrationHub", name, {}, options);
    this.#name = name;
    this.config = config;
    this.bus = this.#createBus();
    this.table = this.#createTable();
    const code = pulumi.output(hubCode());
    createLedger(`${name}-ledger`, { hub: this, code });
    this.#status = createStatus(`${name}-status`, { hub: this, code });
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

  /**
   * Makes the REST API, once all flows are declared: its routes are one OpenAPI body, so adding a flow changes that body and no
   * other resource.
   */
  openGateway(): Gateway {
    this.#gateway ??= new Gateway(
      `${this.#name}-gateway`,
      { bus: this.bus, config: this.config, routes: this.#routes, status: this.#status },
      { parent: this },
    );
    return this.#gateway;
  }

  // The classic bus: the newer Custom Event Bus has no Pulumi resource yet.
  #createBus(): aws.cloudwatch.EventBus {
    const bus = new aws.cloudwatch.EventBus(
      `${this.#name}-bus`,
      { description: "Events of the integration hub" },
      { parent: this },
    );
    new aws.cloudwatch.EventArchive(
      `${this.#name}-archive`,
      { eventSourceArn: bus.arn, retentionDays: this.config.archiveDays, description: "For replays" },
      { parent: this },
    );
    return bus;
  }

  #createTable(): aws.dynamodb.Table {
    const { protect } = this.config;
    return new aws.dynamodb.Table(
      `${this.#name}-state`,
      {
        billingMode: "PAY_PER_REQUEST",
        hashKey: "pk",
        rangeKey: "sk",
        attributes: ["pk", "sk", "correlationId", "createdAt"].map((name) => ({ name, type: "S" })),
        globalSecondaryIndexes: [
          { name: "byCorrelation", hashKey: "correlationId", rangeKey: "createdAt", projectionType: "ALL" },
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
