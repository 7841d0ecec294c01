import { channel } from "node:diagnostics_channel";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AnyStep,
  type ApiTrigger,
  adaptersOf,
  busName,
  DeclarationError,
  emittedBy,
  type Flow,
  graph,
  type Problem,
  personalFieldsOf,
  routedTriggers,
  routeParameters,
  type SyncTrigger,
  type WebhookTrigger,
} from "../../model/index.ts";
import { COMPONENTS, FLOW_MODULES, type FlowModule } from "../../protocol/kinds.ts";
import { flowCode } from "../bundler/code.ts";
import type { FlowContext, HubCore } from "../core/hub-core.ts";
import { recordDeadLetters } from "../core/recorder.ts";
import type { FlowRoute } from "../gateway/route.ts";
import { customised } from "../parts/customise.ts";
import { type DashboardRow, flowDashboard } from "../parts/dashboard.ts";
import { deadLetterQueue } from "../parts/dead-letter-queue.ts";
import { burnAlarms, errorsAlarm, undeliveredAlarm, waitingAlarm } from "../parts/flow-alarms.ts";
import { policyDocument, trustPolicy } from "../parts/policy-document.ts";
import { publish } from "../parts/statements.ts";
import { ChoreographyStep } from "./choreography-step.ts";
import { clashes, flowProblems, nameProblems } from "./flow-problems.ts";
import { createPolls } from "./polls.ts";
import { resourceNameProblems } from "./resource-names.ts";
import { routesText } from "./route-description.ts";
import { timersOf } from "./schedule-times.ts";
import { createSchedules } from "./schedules.ts";
import { storedGraph } from "./stored-graph.ts";
import { schemasText, storedSchemas } from "./stored-schemas.ts";
import { SyncEndpoint } from "./sync-endpoint.ts";
import { webhookIngress } from "./webhook-ingress.ts";

export interface IntegrationFlowArgs<Params> {
  /** The finished hub. */
  readonly hub: { readonly core: HubCore };
  /** The default export of the flow's module: the flow, or a function that makes it from `params`. */
  readonly flow: Flow | ((params: Params) => Flow);
  /** For a function; JSON, part of the code of the flow's Lambda functions. */
  readonly params?: Params;
}

/**
 * One integration: its steps, the functions behind its webhooks and polls, one dead-letter queue, and its graph for the ledger. The hub creates one
 * for each of its `flows`. A flow that the hub was not given can join afterwards if it has no route and uses only third parties that the
 * hub has already; it gets a dashboard of its own. docs/decisions/021-hub-constructor.md
 */
export class IntegrationFlow<Params = unknown> extends pulumi.ComponentResource {
  readonly flow: Flow;
  readonly steps: Readonly<Record<string, ChoreographyStep>>;
  readonly deadLetters: aws.sqs.Queue;
  /** What the gateway serves of it. */
  readonly routes: readonly FlowRoute[];
  /** What the dashboard shows of it. */
  readonly row: DashboardRow;
  readonly #name: string;
  readonly #context: FlowContext;

  /**
   * @param name kebab-case, at most 24 characters; the physical names of the flow's resources start with it
   * @throws DeclarationError when the flow is not sound, or has what a finished hub can't take, before any resource is created
   */
  constructor(name: string, args: IntegrationFlowArgs<Params>, options?: pulumi.ComponentResourceOptions) {
    const { core } = args.hub;
    const flow = typeof args.flow === "function" ? args.flow(args.params as Params) : args.flow;
    const listed = core.flows.some((entry) => entry.name === name);
    const problems = listed
      ? []
      : [
          ...nameProblems(name),
          ...flowProblems([flow], core.config),
          ...joinProblems(name, flow, core),
          ...resourceNameProblems([{ name, flow, source: args.flow }], core.flows),
        ];
    if (problems.length > 0) throw new DeclarationError(problems);
    const description = graph(flow);
    super(
      COMPONENTS.flow,
      name,
      {
        graph: description,
        webhooks: webhooksOf(flow).map(describeWebhook),
        routes: routesText(flow),
        schemas: schemasText(flow),
      },
      pulumi.mergeOptions(renamed(flow, options), customised({ tags: core.config.tags, transform: core.transform }, flow)),
    );
    channel(FLOW_MODULES).publish({ flow: flow.name, module: flow.source } satisfies FlowModule);
    this.flow = flow;
    this.#name = name;
    const graphId = storedGraph(name, { graph: description, table: core.table }, { parent: this });
    storedSchemas(name, { flow, table: core.table }, { parent: this });
    const code = pulumi.output<pulumi.asset.Archive>(flowCode({ flow, source: args.flow, params: args.params }));
    this.deadLetters = deadLetterQueue(`${name}-dead-letters`, { parent: this, retainOnDelete: core.config.protect });
    this.#context = { core, flow, graphId, code, deadLetters: this.deadLetters };
    this.steps = this.#createSteps();
    this.#createTargets();
    const webhooks = webhooksOf(flow).map(([trigger, declaration]) =>
      webhookIngress(`${name}-${trigger}`, { context: this.#context, trigger, declaration }, { parent: this }),
    );
    const endpoints = syncOf(flow).map(
      ([trigger, declaration]) =>
        new SyncEndpoint(`${name}-${trigger}`, { ...this.#context, trigger, declaration }, { parent: this }).route,
    );
    this.routes = [...this.#createApiTriggers(), ...webhooks, ...endpoints];
    const polls = createPolls(this.#name, this.#context, { parent: this });
    const steps = Object.values(this.steps);
    this.row = {
      title: name,
      flow: flow.name,
      ...(flow.slo && { slo: flow.slo }),
      queues: steps.map(({ queue }) => queue),
      functions: [...steps, ...webhooks, ...endpoints, ...polls].map((made) => made.function),
    };
    this.#createAlarms();
    if (!listed) flowDashboard(`${name}-dashboard`, { row: this.row, table: core.table, busArn: core.bus.arn }, { parent: this });
    this.registerOutputs({ flow: flow.name, deadLettersUrl: this.deadLetters.url });
  }

  #createSteps(): Readonly<Record<string, ChoreographyStep>> {
    const { flow } = this.#context;
    return Object.fromEntries(
      Object.keys(flow.steps).map((step) => [
        step,
        new ChoreographyStep(
          `${this.#name}-${step}`,
          { ...this.#context, step },
          { parent: this, aliases: this.#formerSteps(step) },
        ),
      ]),
    );
  }

  /** Aliases under which Pulumi keeps what the step had, its queue above all. */
  #formerSteps(step: string): pulumi.Alias[] {
    return (this.flow.steps[step]?.formerly ?? []).map((former) => ({ name: `${this.#name}-${former}` }));
  }

  /** Where messages go when they are redriven, and which target each message in the dead-letter queue had. */
  #createTargets() {
    const { core, flow, graphId, deadLetters } = this.#context;
    const steps = Object.entries(this.steps).map(([step, { queue, rule, function: fn }]) => {
      const { formerly } = flow.steps[step] as AnyStep;
      const own = { queueUrl: queue.url, queueArn: queue.arn, ruleArn: rule.arn, functionArn: fn.arn };
      return [step, { ...own, ...(formerly && { formerly }) }] as const;
    });
    const schedules = createSchedules(this.#name, this.#context, { parent: this });
    const timers = timersOf(flow);
    const personal = personalFieldsOf(flow);
    const thirdParties = adaptersOf(flow).map(({ name }) => name);
    const source = {
      flow: flow.name,
      ...(flow.formerly && { formerly: flow.formerly }),
      graph: graphId,
      steps: Object.fromEntries(steps),
      ...(Object.keys(schedules).length > 0 && { schedules }),
      ...(Object.keys(timers).length > 0 && { timers }),
      ...(thirdParties.length > 0 && { thirdParties }),
      ...(personal.length > 0 && { personal }),
      ...(flow.slo && { slo: flow.slo }),
      deadLetters,
    };
    recordDeadLetters(this.#name, core, source, { parent: this });
  }

  #createAlarms() {
    const { topic, table, bus } = this.#context.core;
    const [steps, flow, options] = [Object.values(this.steps), this.flow.name, { parent: this }];
    errorsAlarm(this.#name, { topic, flow, functions: this.row.functions }, options);
    waitingAlarm(this.#name, { topic, table, flow, queues: steps }, options);
    if (this.flow.slo) burnAlarms(this.#name, { topic, table, flow, slo: this.flow.slo }, options);
    undeliveredAlarm(this.#name, { topic, flow, bus, rules: steps.map(({ rule }) => rule) }, options);
  }

  #createApiTriggers(): readonly FlowRoute[] {
    const { core, flow, graphId } = this.#context;
    const triggers = Object.entries(flow.triggers).filter((entry): entry is [string, ApiTrigger] => entry[1].kind === "api");
    if (triggers.length === 0) return [];
    const role = new aws.iam.Role(
      `${this.#name}-gateway-role`,
      { description: `API triggers of ${flow.name}`, assumeRolePolicy: trustPolicy("apigateway.amazonaws.com") },
      { parent: this },
    );
    const events = triggers.map(([, { emits }]) => busName(emits));
    const policy = new aws.iam.RolePolicy(
      `${this.#name}-gateway-policy`,
      { role: role.name, policy: policyDocument([publish(core.bus.arn, flow, events)]) },
      { parent: this },
    );
    return triggers.map(([trigger, declaration]) => {
      const { route, emits, summary, throttle, auth } = declaration;
      return {
        kind: "api",
        flow: flow.name,
        name: `${this.#name}-${trigger}`,
        graphId,
        trigger,
        formerly: flow.formerly ?? [],
        admission: flow.admission !== undefined,
        route,
        summary,
        throttle,
        event: emits,
        parameters: routeParameters(declaration),
        auth,
        role,
        policy,
      };
    });
  }
}

/** What a finished hub can't take: its API, secrets and network exist already. */
function joinProblems(name: string, flow: Flow, { flows, thirdParties }: HubCore): readonly Problem[] {
  const routes = routedTriggers(flow.triggers).map(
    ([trigger, { route }]): Problem => ({
      code: "ROUTE",
      where: `IntegrationFlow ${name}, trigger ${trigger}`,
      fact: `${route} can't be in the API, which the hub has created already`,
      remedy: "List the flow in the hub's `flows`",
    }),
  );
  const adapters = adaptersOf(flow)
    .filter((adapter) => !Object.hasOwn(thirdParties, adapter.name))
    .map(
      (adapter): Problem => ({
        code: "ADAPTER",
        where: `IntegrationFlow ${name}, adapter ${adapter.name}`,
        fact: "no flow that the hub was given uses this third party",
        remedy: "List the flow in the hub's `flows`",
      }),
    );
  return [...routes, ...adapters, ...clashes([...flows.map((entry) => entry.flow), flow])];
}

const syncOf = (flow: Flow) =>
  Object.entries(flow.triggers).filter((entry): entry is [string, SyncTrigger] => entry[1].kind === "sync");

/** A flow with params may be deployed under another name than its own: the component's former names are the flow's. */
const renamed = ({ formerly = [] }: Flow, options: pulumi.ComponentResourceOptions = {}): pulumi.ComponentResourceOptions =>
  formerly.length === 0 ? options : { ...options, aliases: [options.aliases ?? [], formerly.map((name) => ({ name }))].flat() };

const webhooksOf = (flow: Flow) =>
  Object.entries(flow.triggers).filter((entry): entry is [string, WebhookTrigger] => entry[1].kind === "webhook");

/** A webhook as plain data, in the component's inputs: the local sandbox has to sign as the third party does. */
function describeWebhook([trigger, declaration]: readonly [string, WebhookTrigger]) {
  const { route } = declaration;
  // A function is no plain data.
  const verify = Object.fromEntries(Object.entries(declaration.verify).filter(([, value]) => typeof value !== "function"));
  const [event, ...others] = emittedBy(declaration).map(({ type }): string => type);
  return { trigger, route, event: others.length > 0 ? [event, ...others] : event, verify };
}
