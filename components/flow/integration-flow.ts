import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AnyStep,
  type ApiTrigger,
  assertFlow,
  DeclarationError,
  type Flow,
  firstName,
  graph,
  handshakeRoute,
  type SyncTrigger,
  seconds,
  sourceOf,
  type WebhookTrigger,
} from "../../model/index.ts";
import { flowCode } from "../bundler/code.ts";
import { withoutIssuer } from "../config/callers.ts";
import type { IntegrationHub } from "../hub/integration-hub.ts";
import { deadLetterQueue } from "../parts/dead-letter-queue.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { lambdaFunction } from "../parts/lambda-function.ts";
import { policyDocument, trustPolicy } from "../parts/policy-document.ts";
import { fromRules, onlyTls, publish, readSecrets, tableAccess } from "../parts/statements.ts";
import { ChoreographyStep } from "./choreography-step.ts";
import { routesText } from "./route-description.ts";
import { createSchedules } from "./schedules.ts";
import { SyncEndpoint } from "./sync-endpoint.ts";

export interface IntegrationFlowArgs<Params> {
  readonly hub: IntegrationHub;
  /** The default export of the flow's module: the flow, or a function that makes it of `params`. */
  readonly flow: Flow | ((params: Params) => Flow);
  /** For a function; JSON, part of the code of the flow's Lambda functions. */
  readonly params?: Params;
}

/** One integration: its steps, the functions behind its webhooks, one dead-letter queue, and its graph for the ledger. */
export class IntegrationFlow<Params = undefined> extends pulumi.ComponentResource {
  readonly flow: Flow;
  readonly steps: Readonly<Record<string, ChoreographyStep>>;
  readonly deadLetters: aws.sqs.Queue;
  readonly #name: string;
  readonly #hub: IntegrationHub;
  readonly #graphText: string;
  readonly #graphHash: string;
  readonly #code: pulumi.Output<pulumi.asset.Archive>;

  /**
   * @param name kebab-case, at most 24 characters; the physical names of the flow's resources start with it.
   * @throws DeclarationError when the flow is not sound, before anything is made
   */
  constructor(name: string, args: IntegrationFlowArgs<Params>, options?: pulumi.ComponentResourceOptions) {
    const flow = typeof args.flow === "function" ? args.flow(args.params as Params) : args.flow;
    assertName(name);
    assertFlow(flow);
    const problems = withoutIssuer(flow, args.hub.config.jwt);
    if (problems.length > 0) throw new DeclarationError(problems);
    const description = graph(flow);
    super(
      "hub:index:IntegrationFlow",
      name,
      { graph: description, webhooks: webhooksOf(flow).map(describeWebhook), routes: routesText(flow) },
      renamed(flow, options),
    );
    this.flow = flow;
    this.#name = name;
    this.#hub = args.hub;
    this.#graphText = JSON.stringify(description);
    this.#graphHash = createHash("sha256").update(this.#graphText).digest("hex").slice(0, 16);
    this.#code = pulumi.output<pulumi.asset.Archive>(flowCode({ flow, source: args.flow, params: args.params }));
    this.deadLetters = deadLetterQueue(`${name}-dead-letters`, { parent: this, retainOnDelete: args.hub.config.protect });
    this.steps = this.#createSteps();
    this.#createDeadLetterPolicy();
    this.#createTargets();
    this.#createGraph();
    this.#createApiTriggers();
    const ingresses = this.#createWebhooks();
    const endpoints = this.#createSyncEndpoints();
    const steps = Object.values(this.steps);
    args.hub.addRow({
      title: name,
      queues: steps.map(({ queue }) => queue),
      deadLetters: this.deadLetters,
      functions: [...steps.map((step) => step.function), ...ingresses, ...endpoints],
    });
    this.registerOutputs({ flow: flow.name, deadLettersUrl: this.deadLetters.url });
  }

  #createSteps(): Readonly<Record<string, ChoreographyStep>> {
    const shared = {
      hub: this.#hub,
      flow: this.flow,
      code: this.#code,
      graphHash: this.#graphHash,
      deadLetters: this.deadLetters,
    };
    return Object.fromEntries(
      Object.keys(this.flow.steps).map((step) => [
        step,
        new ChoreographyStep(`${this.#name}-${step}`, { ...shared, step }, { parent: this, aliases: this.#formerSteps(step) }),
      ]),
    );
  }

  /** Pulumi knows the step by these names, too, and so keeps what it has made, its queue above all. */
  #formerSteps(step: string): pulumi.Alias[] {
    return (this.flow.steps[step]?.formerly ?? []).map((former) => ({ name: `${this.#name}-${former}` }));
  }

  /** Without it EventBridge drops what it can't deliver, and says nothing. */
  #createDeadLetterPolicy() {
    const rules = Object.values(this.steps).map(({ rule }) => rule.arn);
    new aws.sqs.QueuePolicy(
      `${this.#name}-dead-letters-policy`,
      {
        queueUrl: this.deadLetters.url,
        policy: policyDocument([fromRules(this.deadLetters.arn, rules), onlyTls("sqs:*", this.deadLetters.arn)]),
      },
      { parent: this },
    );
  }

  /** Where redriven messages go, and what the messages in the dead-letter queue were meant for. */
  #createTargets() {
    const steps = Object.entries(this.steps).map(([step, { queue, rule, function: fn }]) => {
      const { on } = this.flow.steps[step] as AnyStep;
      const join = on.kind === "join" ? { join: { by: on.by ?? null, acrossTenants: on.acrossTenants } } : {};
      return [step, { queueUrl: queue.url, queueArn: queue.arn, ruleArn: rule.arn, functionArn: fn.arn, ...join }] as const;
    });
    const shared = { flow: this.flow, graphHash: this.#graphHash, deadLetters: this.deadLetters, hub: this.#hub };
    const schedules = createSchedules(this.#name, shared, { parent: this });
    const of = {
      flow: this.flow.name,
      graph: this.#graphHash,
      steps: Object.fromEntries(steps),
      ...(Object.keys(schedules).length > 0 && { schedules }),
      deadLetters: this.deadLetters,
    };
    this.#hub.addDeadLetters(this.#name, of, { parent: this });
  }

  /** A new graph is a new item; the old ones stay, for requests that started with them are still under way. */
  #createGraph() {
    const item = { pk: { S: `graph#${this.flow.name}` }, sk: { S: this.#graphHash }, graph: { S: this.#graphText } };
    new aws.dynamodb.TableItem(
      `${this.#name}-graph-${this.#graphHash}`,
      { tableName: this.#hub.table.name, hashKey: "pk", rangeKey: "sk", item: JSON.stringify(item) },
      { parent: this, retainOnDelete: true },
    );
  }

  #createApiTriggers() {
    const triggers = Object.entries(this.flow.triggers).filter((entry): entry is [string, ApiTrigger] => entry[1].kind === "api");
    if (triggers.length === 0) return;
    const role = new aws.iam.Role(
      `${this.#name}-gateway-role`,
      { description: `API triggers of ${this.flow.name}`, assumeRolePolicy: trustPolicy("apigateway.amazonaws.com") },
      { parent: this },
    );
    const events = triggers.map(([, { emits }]) => emits.type);
    const policy = new aws.iam.RolePolicy(
      `${this.#name}-gateway-policy`,
      { role: role.name, policy: policyDocument([publish(this.#hub.bus.arn, sourceOf(this.flow.name), events)]) },
      { parent: this },
    );
    for (const [trigger, { route, emits, summary, throttle, auth }] of triggers) {
      this.#hub.addRoute({
        kind: "api",
        flow: this.flow.name,
        name: `${this.#name}-${trigger}`,
        graphHash: this.#graphHash,
        trigger,
        route,
        summary,
        throttle,
        event: emits,
        auth,
        role,
        policy,
      });
    }
  }

  /** @returns the functions behind them */
  #createWebhooks(): readonly aws.lambda.Function[] {
    const { name: flow, formerly = [] } = this.flow;
    return webhooksOf(this.flow).map(([trigger, webhook]) => {
      const { route, emits, summary, throttle, verify } = webhook;
      const marks = `webhook#${firstName(flow, formerly)}#${trigger}#*`;
      const ingress = lambdaFunction(
        `${this.#name}-${trigger}-ingress`,
        {
          description: `${this.flow.name} / ${trigger}`,
          code: this.#code,
          handler: `index.trigger_${trigger}`,
          logRetentionDays: this.#hub.config.logRetentionDays,
          timeout: DEFAULTS.gatewayTimeout,
          environment: {
            ...this.#hub.environmentOf(this.flow, this.#graphHash),
            HUB_TRIGGER: trigger,
            HUB_TABLE: this.#hub.table.name,
            ...(formerly.length > 0 && { HUB_FORMERLY: JSON.stringify({ flow: formerly }) }),
            HUB_SECRETS: this.#hub.secretArns([verify.secret]),
          },
          statements: [
            publish(this.#hub.bus.arn, sourceOf(this.flow.name), [emits.type]),
            tableAccess("Deliveries", this.#hub.table.arn, ["dynamodb:GetItem", "dynamodb:UpdateItem"], [marks]),
            readSecrets([this.#hub.secret(verify.secret).arn]),
          ],
        },
        { parent: this },
      );
      this.#hub.addRoute({
        kind: "webhook",
        flow: this.flow.name,
        name: `${this.#name}-${trigger}`,
        trigger,
        route,
        handshake: handshakeRoute(webhook),
        summary,
        throttle,
        function: ingress.function,
        signatureHeader: verify.header,
      });
      return ingress.function;
    });
  }

  #createSyncEndpoints(): readonly aws.lambda.Function[] {
    return syncOf(this.flow).map(([trigger, declaration]) => {
      const name = `${this.#name}-${trigger}`;
      const args = { hub: this.#hub, flow: this.flow, trigger, declaration, code: this.#code, graphHash: this.#graphHash };
      const endpoint = new SyncEndpoint(name, args, { parent: this });
      this.#hub.addRoute({
        kind: "sync",
        flow: this.flow.name,
        name,
        trigger,
        route: declaration.route,
        summary: declaration.summary,
        auth: declaration.auth,
        request: declaration.request,
        function: endpoint.function,
        alias: endpoint.alias,
        throttle: declaration.throttle,
        cacheSeconds: declaration.cache && seconds(declaration.cache),
      });
      return endpoint.function;
    });
  }
}

const syncOf = (flow: Flow) =>
  Object.entries(flow.triggers).filter((entry): entry is [string, SyncTrigger] => entry[1].kind === "sync");

/** A flow of params may be deployed under another name than the flow's own: its former names are those of the component. */
const renamed = ({ formerly = [] }: Flow, options: pulumi.ComponentResourceOptions = {}): pulumi.ComponentResourceOptions =>
  formerly.length === 0 ? options : { ...options, aliases: [options.aliases ?? [], formerly.map((name) => ({ name }))].flat() };

const webhooksOf = (flow: Flow) =>
  Object.entries(flow.triggers).filter((entry): entry is [string, WebhookTrigger] => entry[1].kind === "webhook");

/** Plain data about a webhook, in the component's inputs: who plays a third party on one machine has to sign as it does. */
const describeWebhook = ([trigger, { route, emits, verify }]: readonly [string, WebhookTrigger]) => ({
  trigger,
  route,
  event: emits.type,
  verify,
});

function assertName(name: string) {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= 24) return;
  throw new DeclarationError([
    {
      code: "NAME",
      where: `IntegrationFlow ${name}`,
      fact: "the name is not kebab-case of at most 24 characters",
      remedy: 'Name it like "order-to-erp", for AWS names start with it',
    },
  ]);
}
