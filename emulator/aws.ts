import { join } from "node:path";
import { GatewayHost } from "./apigateway/gateway-host.ts";
import { gatewayPorts } from "./apigateway/gateway-ports.ts";
import type { Clock } from "./clock.ts";
import { Alarms } from "./cloudwatch/alarms.ts";
import { emfValues } from "./cloudwatch/emf.ts";
import { type Measurement, Metrics } from "./cloudwatch/metrics.ts";
import { queueMetrics } from "./cloudwatch/queue-metrics.ts";
import { throttleMetrics, undeliverableMetrics } from "./cloudwatch/service-metrics.ts";
import { DynamoDb } from "./dynamodb/dynamodb.ts";
import { AwsEndpoint } from "./endpoint/endpoint.ts";
import { type Authorizer, AwsError, type Caller } from "./endpoint/service.ts";
import { EventBus } from "./events/bus.ts";
import type { FaultInjection } from "./fault-injection.ts";
import { IamDirectory } from "./iam/directory.ts";
import { AsyncInvocations } from "./lambda/async-invocations.ts";
import { BackgroundWork } from "./lambda/background-work.ts";
import type { EventSourceMapping } from "./lambda/event-source-mapping.ts";
import { Functions } from "./lambda/functions.ts";
import { type LogLine, LogStore } from "./lambda/log-store.ts";
import { privateFolder } from "./private-files.ts";
import { Schedules } from "./scheduler/schedules.ts";
import { Secrets } from "./secrets/secrets.ts";
import { Queues } from "./sqs/queues.ts";
import type { Store } from "./store.ts";

/** A call that no policy allowed. */
export interface Denial {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
}

/** A call that the policies allowed. */
export interface AllowedCall extends Denial {
  /** Condition keys of the request. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

export interface AwsOptions {
  /** Folder for tables, code and logs; absolute. */
  readonly data: string;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly store: Store;
  /** Called with each problem that belongs to no request. */
  readonly log: (message: string) => void;
  /** Called with each line that a function logs. */
  readonly onLog?: ((line: LogLine) => void) | undefined;
  /** Called with what is wrong in a body that the gateway refuses, by its places. */
  readonly onRefused?: ((refusal: string) => void) | undefined;
  /** Whether a debugger may stop in a function: API Gateway waits for it without limit. @default false */
  readonly debugged?: boolean | undefined;
  readonly onDenied?: ((denial: Denial) => void) | undefined;
  readonly onAllowed?: ((call: AllowedCall) => void) | undefined;
  /** @default no faults */
  readonly faultInjection?: FaultInjection;
}

/** The emulated AWS services of one account in one region. */
export interface Aws {
  readonly region: string;
  readonly accountId: string;
  /** Folder for the unpacked code of functions. */
  readonly codeDir: string;
  /** Address of the AWS APIs, such as `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  readonly clock: Clock;
  readonly iam: IamDirectory;
  /** Authorises every call that is made as a role. */
  readonly authorizer: Authorizer;
  readonly queues: Queues;
  readonly bus: EventBus;
  readonly tables: DynamoDb;
  readonly secrets: Secrets;
  readonly functions: Functions;
  readonly asyncInvocations: AsyncInvocations;
  /** Event source mappings by a key of the caller's choice. */
  readonly mappings: Map<string, EventSourceMapping>;
  readonly schedules: Schedules;
  readonly alarms: Alarms;
  readonly metrics: Metrics;
  readonly gateway: GatewayHost;
  readonly faultInjection: FaultInjection;
  readonly logs: LogStore;
  /** Of the API. */
  readonly accessLog: LogStore;
  /** What pollers of queues wait for. */
  readonly background: BackgroundWork;
  /** The endpoint of the AWS APIs; tests set faults on it. */
  readonly aws: AwsEndpoint;
  log(message: string): void;
  /** Stops what starts invocations, waits for those that run, then stops everything else. */
  stop(): Promise<void>;
}

/** Starts the services, without any resources. */
export async function startAws(options: AwsOptions): Promise<Aws> {
  const { data, region, accountId, clock, store, log, faultInjection = {} } = options;
  const iam = new IamDirectory();
  const metrics = new Metrics(clock);
  const measure = (measurements: readonly Measurement[]) => {
    for (const one of measurements) metrics.put(one);
  };
  const authorizer = watched(iam, options);
  const aws = new AwsEndpoint({
    directory: iam,
    faultInjection,
    onKill: (session) => void functions.crash(session),
    onThrottled: (call) => measure(throttleMetrics(call)),
    onBug: (error) => log(`An emulated AWS service failed: ${error instanceof Error ? error.stack : String(error)}`),
  });
  const endpoint = await aws.start();
  const account = { region, accountId };
  const queues = new Queues(store, clock, authorizer, { ...account, baseUrl: endpoint });
  const secrets = new Secrets(store, clock, authorizer, account);
  const dataFolder = join(data, "dynamodb");
  privateFolder(dataFolder);
  const tables = await DynamoDb.start(clock, authorizer, { ...account, dataFolder, onCrash: log });
  const alarms = new Alarms(metrics, clock, queueMetrics(queues, metrics));
  const onLine = (line: LogLine) => {
    measure(emfValues(line.message));
    options.onLog?.(line);
  };
  const logs = new LogStore(join(data, "logs"), onLine, log);
  const accessLog = new LogStore(join(data, "access"), undefined, log);
  const functions = new Functions({
    authorizer,
    logs,
    logGroupArn: (name) => `arn:aws:logs:${region}:${accountId}:log-group:${name}`,
    measure: (measurement) => metrics.put(measurement),
  });
  functions.serve(endpoint, (call, signal) => aws.answer(call, signal));
  const asyncInvocations = new AsyncInvocations({ store, functions, queues, authorizer, clock, onProblem: log });
  const bus = new EventBus(store, clock, authorizer, {
    ...account,
    queues,
    faultInjection,
    invokeAsync: (functionArn, payload, sourceArn) =>
      void asyncInvocations.accept(functionArn, JSON.parse(payload), {
        kind: "service",
        service: "events.amazonaws.com",
        sourceArn,
      }),
  });
  bus.onUndeliverable((failure) => {
    const { event, targetArn, errorCode, errorMessage, deadLettered } = failure;
    measure(undeliverableMetrics(failure));
    log(
      `Event ${event["detail-type"]} was not delivered to ${targetArn} and ${deadLettered ? "is in the dead-letter queue" : "is lost"}: ${errorCode}, ${errorMessage}`,
    );
  });
  aws.register(queues, bus, tables, secrets);
  const background = new BackgroundWork();
  const gateway = new GatewayHost(
    gatewayPorts({ aws, iam, functions, clock, log, explain: options.onRefused, debugged: options.debugged, accessLog, measure }),
  );
  const schedules = new Schedules({ clock, iam, authorizer, functions, aws, queues, onProblem: log });
  const mappings: Aws["mappings"] = new Map();
  return {
    codeDir: join(data, "code"),
    region,
    accountId,
    endpoint,
    clock,
    iam,
    authorizer,
    queues,
    bus,
    tables,
    secrets,
    functions,
    asyncInvocations,
    mappings,
    schedules,
    alarms,
    metrics,
    gateway,
    faultInjection,
    log,
    logs,
    accessLog,
    background,
    aws,
    async stop() {
      background.close();
      await alarms.stop();
      // Invocation sources stop first. They may wait for invocations that run, so they are awaited after the functions close.
      const sources = [
        ...[...mappings.values()].map((mapping) => mapping.stop()),
        bus.stop(),
        asyncInvocations.close(),
        schedules.stop(),
      ];
      await functions.close();
      await Promise.all(sources);
      await Promise.all([aws.stop(), tables.stop(), logs.close(), accessLog.close()]);
    },
  };
}

/** Reports what the policies allow and deny. */
function watched(iam: IamDirectory, { onDenied, onAllowed }: AwsOptions): Authorizer {
  if (!onDenied && !onAllowed) return iam;
  return {
    authorize(caller, action, resource, context = {}, resourcePolicy) {
      try {
        iam.authorize(caller, action, resource, context, resourcePolicy);
      } catch (error) {
        if (error instanceof AwsError) onDenied?.({ caller, action, resource });
        throw error;
      }
      onAllowed?.({ caller, action, resource, context });
    },
  };
}
