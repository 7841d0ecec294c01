import * as pulumi from "@pulumi/pulumi";
import { DeclarationError, type Flow } from "../../model/index.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";
import type { HubConfig } from "../config/config.ts";
import { entryOf, type FlowEntry } from "../core/flow-entry.ts";
import type { HubCore } from "../core/hub-core.ts";
import { createRecorder } from "../core/recorder.ts";
import { concurrencyProblems } from "../flow/concurrency-problems.ts";
import { clashes, flowProblems, nameProblems, sharedNames, unusedSettings } from "../flow/flow-problems.ts";
import { IntegrationFlow } from "../flow/integration-flow.ts";
import { resourceNameProblems } from "../flow/resource-names.ts";
import { Gateway } from "../gateway/gateway.ts";
import type { AlarmTopic } from "../parts/alarms.ts";
import { customised, type Transform } from "../parts/customise.ts";
import { dashboard } from "../parts/dashboard.ts";
import { createAuthorizer } from "./authorizer.ts";
import { type ConsoleLinks, consoleLinks } from "./console-links.ts";
import { type Existing, existingProblems } from "./existing.ts";
import { createFoundation } from "./foundation.ts";
import { hubAlarms } from "./hub-alarms.ts";
import { createLedger } from "./ledger.ts";
import { createOps } from "./ops.ts";
import { leaveOutPromiseTraces } from "./promise-traces.ts";
import { savedQueries } from "./saved-queries.ts";
import { createStatus } from "./status.ts";
import { createSweeper } from "./sweeper.ts";
import { createThirdParties } from "./third-parties.ts";

export interface IntegrationHubArgs {
  /** Flows, and entries made by `flowWith` for flows with parameters. The hub creates an IntegrationFlow for each. */
  readonly flows: readonly (Flow | FlowEntry)[];
  /** Changes the arguments of resources, by kind. @default {} */
  readonly transform?: Transform;
  /** Resources to use instead of creating the hub's own. @default {} */
  readonly existing?: Existing;
}

/** Everything of a stack: bus, state table, ledger and status, third parties, flows, gateway and dashboard. */
export class IntegrationHub extends pulumi.ComponentResource {
  /** What flows share. */
  readonly core: HubCore;
  readonly bus: HubCore["bus"];
  readonly table: HubCore["table"];
  readonly alarmTopic: AlarmTopic;
  /** By the names of their resources. */
  readonly flows: Readonly<Record<string, IntegrationFlow>>;
  readonly gateway: Gateway;
  /** Addresses that third parties with `egress: "fixed"` are called from, where the hub has a network of its own. */
  readonly egressAddresses: pulumi.Output<string[]> | undefined;
  /** Pages of the AWS console about the hub, each as its address. */
  readonly consoleLinks: pulumi.Output<ConsoleLinks>;

  /**
   * @param name short kebab-case, such as `hub`; physical names start with it
   * @throws DeclarationError with everything that is wrong with flows and settings, before any resource is created
   */
  constructor(name: string, config: HubConfig, args: IntegrationHubArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { transform = {}, existing = {} } = args;
    const entries = args.flows.map(entryOf);
    const declared = entries.map(({ flow }) => flow);
    const problems = [
      ...entries.flatMap(({ name }) => nameProblems(name)),
      ...sharedNames(entries),
      ...flowProblems(declared, config),
      ...clashes(declared),
      ...resourceNameProblems(entries),
      ...unusedSettings(declared, config),
      ...concurrencyProblems(declared, config),
      ...existingProblems(existing, config),
    ];
    if (problems.length > 0) throw new DeclarationError(problems);
    leaveOutPromiseTraces();
    super(COMPONENTS.hub, name, {}, pulumi.mergeOptions(options, customised({ tags: config.tags, transform })));
    const child = { parent: this };
    const foundation = createFoundation(name, { config, existing }, child);
    const { bus, table, topic } = foundation;
    const ops = createOps(`${name}-ops`, foundation, child);
    const sweeper = createSweeper(`${name}-sweeper`, foundation, child);
    const recorder = createRecorder(`${name}-recorder`, foundation, child);
    const { addresses, ...shared } = createThirdParties(name, { foundation, flows: declared, vpc: existing.vpc }, child);
    this.core = { ...foundation, ...shared, transform, flows: entries, recorder, redrivers: { ops, sweeper } };
    const ledger = createLedger(`${name}-ledger`, this.core, child);
    const status = createStatus(`${name}-status`, foundation, child);
    const authorizer = createAuthorizer(`${name}-authorizer`, { ...foundation, flows: declared }, child);
    this.flows = createFlows(this.core, inherited(options));
    const flows = Object.values(this.flows);
    this.gateway = new Gateway(
      `${name}-gateway`,
      { bus, table, config, routes: flows.flatMap(({ routes }) => routes), status, ops: ops.function, authorizer },
      child,
    );
    const { api, webAclMetric } = this.gateway;
    const own = [ledger, ...[ops, sweeper, recorder].map((made) => made.function), status, authorizer.function];
    hubAlarms(name, { topic, table, api, functions: own }, child);
    const { dashboardName } = dashboard(
      `${name}-dashboard`,
      {
        api,
        webAclMetric,
        table,
        busArn: bus.arn,
        thirdParties: Object.keys(this.core.thirdParties).sort(),
        rows: flows.map(({ row }) => row),
      },
      child,
    );
    savedQueries(`${name}-query`, child);
    this.bus = bus;
    this.table = table;
    this.alarmTopic = topic;
    this.egressAddresses = addresses;
    this.consoleLinks = consoleLinks({ busArn: bus.arn, busName: bus.name, tableName: table.name, dashboardName });
    this.registerOutputs({ busName: bus.name, tableName: table.name });
  }
}

/** Beside the hub, not below it: a flow's URN does not name the hub. */
const createFlows = (core: HubCore, options: pulumi.ComponentResourceOptions): Readonly<Record<string, IntegrationFlow>> =>
  Object.fromEntries(
    core.flows.map(({ name, source, params }) => [
      name,
      new IntegrationFlow(name, { hub: { core }, flow: source as Flow | ((params: unknown) => Flow), params }, options),
    ]),
  );

/** Of the hub's options, those that its children inherit. The flows are not its children, and need them too. */
const inherited = ({ parent, provider, providers, protect, retainOnDelete }: pulumi.ComponentResourceOptions) =>
  Object.fromEntries(
    Object.entries({ parent, provider, providers, protect, retainOnDelete }).filter(([, value]) => value !== undefined),
  ) as pulumi.ComponentResourceOptions;
