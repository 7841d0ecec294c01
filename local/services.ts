import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { GatewayHost } from "../emulator/apigateway/gateway-host.ts";
import type { AwsCall, RestApiPorts } from "../emulator/apigateway/types.ts";
import { type Clock, realClock } from "../emulator/clock.ts";
import { Alarms } from "../emulator/cloudwatch/alarms.ts";
import { DynamoDb } from "../emulator/dynamodb/dynamodb.ts";
import { AwsEndpoint } from "../emulator/endpoint/endpoint.ts";
import { type Authorizer, AwsError, type Caller, type Json } from "../emulator/endpoint/service.ts";
import { EventBus } from "../emulator/events/bus.ts";
import type { Disturbance } from "../emulator/fault-injection.ts";
import { IamDirectory } from "../emulator/iam/directory.ts";
import { AsyncInvocations } from "../emulator/lambda/async-invocations.ts";
import { Functions } from "../emulator/lambda/functions.ts";
import { type LogLine, LogStore } from "../emulator/lambda/log-store.ts";
import { Schedules } from "../emulator/scheduler/schedules.ts";
import { Secrets } from "../emulator/secrets/secrets.ts";
import { Queues } from "../emulator/sqs/queues.ts";
import type { Store } from "../emulator/store.ts";
import type { World } from "./interpret/world.ts";

/** A call that a policy did not allow. */
export interface Denial {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
}

/** A call that the policies allowed, and what was known of it. */
export interface AllowedCall extends Denial {
  /** Condition keys of the request. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

export interface ServicesOptions {
  readonly root: string;
  /** Absolute. */
  readonly data: string;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly sandboxUrl: string;
  readonly log: (message: string) => void;
  readonly onLog: ((line: LogLine) => void) | undefined;
  readonly onDenied: ((denial: Denial) => void) | undefined;
  readonly onAllowed?: ((call: AllowedCall) => void) | undefined;
  readonly disturbance: Disturbance;
}

export interface Services extends World {
  readonly aws: AwsEndpoint;
  readonly logs: LogStore;
  /** Ends what sets things going, lets what runs end, then everything else. */
  stop(): Promise<void>;
}

/** Puts the emulated services together, as yet without any resource in them. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { root, data, region, accountId, clock, store, log, disturbance } = options;
  const iam = new IamDirectory();
  const authorizer = watched(iam, options);
  const aws = new AwsEndpoint({
    directory: iam,
    disturbance,
    onKill: (session) => void functions.crash(session),
    onBug: (error) => log(`A local AWS service failed: ${error instanceof Error ? error.stack : String(error)}`),
  });
  const endpoint = await aws.start();
  const account = { region, accountId };
  const queues = new Queues(store, clock, authorizer, { ...account, baseUrl: endpoint });
  const secrets = new Secrets(store, clock, authorizer, account);
  const dataFolder = join(data, "dynamodb");
  mkdirSync(dataFolder, { recursive: true });
  const tables = await DynamoDb.start(clock, authorizer, { ...account, dataFolder, onCrash: log });
  const alarms = new Alarms(queues);
  const logs = new LogStore(join(data, "logs"), (line) => {
    alarms.recordLogLine(line.message);
    options.onLog?.(line);
  });
  const accessLog = new LogStore(join(data, "access"));
  const functions = new Functions({
    authorizer,
    logs,
    logGroupArn: (name) => `arn:aws:logs:${region}:${accountId}:log-group:${name}`,
  });
  const asyncInvocations = new AsyncInvocations({ store, functions, queues, authorizer, clock, onProblem: log });
  const bus = new EventBus(store, clock, authorizer, {
    ...account,
    queues,
    disturbance,
    invokeAsync: (functionArn, payload, sourceArn) =>
      void asyncInvocations.accept(functionArn, JSON.parse(payload), {
        kind: "service",
        service: "events.amazonaws.com",
        sourceArn,
      }),
  });
  bus.onUndeliverable(({ event, targetArn, errorCode, errorMessage, deadLettered }) =>
    log(
      `Event ${event["detail-type"]} does not reach ${targetArn}${deadLettered ? " and went to the dead letters" : " and is lost"}: ${errorCode}, ${errorMessage}`,
    ),
  );
  aws.register(queues, bus, tables, secrets);
  const gateway = new GatewayHost(gatewayPorts({ aws, iam, functions, clock, log, accessLog }));
  const schedules = new Schedules({ clock, iam, authorizer, functions, aws, queues, onProblem: log });
  const mappings: Services["mappings"] = new Map();
  return {
    root,
    codeDir: join(data, "code"),
    region,
    accountId,
    endpoint,
    sandboxUrl: options.sandboxUrl,
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
    gateway,
    disturbance,
    log,
    aws,
    logs,
    async stop() {
      // Everything that starts invocations is told to stop before the functions end, and may wait for those under way.
      const feeders = [
        ...[...mappings.values()].map((mapping) => mapping.stop()),
        bus.stop(),
        asyncInvocations.close(),
        schedules.stop(),
      ];
      await functions.close();
      await Promise.all(feeders);
      await Promise.all([aws.stop(), tables.stop(), logs.close(), accessLog.close()]);
    },
  };
}

function watched(iam: IamDirectory, { onDenied, onAllowed }: ServicesOptions): Authorizer {
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

/** Service of an integration's URI -> what stands before the dot of `X-Amz-Target`. */
const TARGETS: Readonly<Record<string, string>> = {
  events: "AWSEvents",
  sqs: "AmazonSQS",
  dynamodb: "DynamoDB_20120810",
  secretsmanager: "secretsmanager",
};

interface Behind {
  readonly aws: AwsEndpoint;
  readonly iam: IamDirectory;
  readonly functions: Functions;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  readonly accessLog: LogStore;
}

function gatewayPorts({ aws, iam, functions, clock, log, accessLog }: Behind): RestApiPorts {
  return {
    clock,
    wallClock: realClock(),
    log,
    accessLog: (line) => accessLog.append("api", "access", undefined, `${line}\n`),
    async invokeAws(call, roleArn, signal) {
      if (!iam.mayAssume(roleArn, "apigateway.amazonaws.com"))
        throw new AwsError("AccessDeniedException", `API Gateway may not assume ${roleArn}.`, 403);
      try {
        const answer = await aws.call(
          TARGETS[call.service] ?? call.service,
          call.action ?? "",
          bodyOf(call),
          { kind: "role", arn: roleArn },
          signal,
        );
        return { status: 200, body: JSON.stringify(answer) };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return { status: error.status, body: JSON.stringify({ __type: error.code, message: error.message }) };
      }
    },
    async invokeLambda(functionArn, payload, sourceArn) {
      const result = await functions.invoke(functionArn, JSON.parse(payload), {
        kind: "service",
        service: "apigateway.amazonaws.com",
        sourceArn,
      });
      return result.ok
        ? { payload: JSON.stringify(result.payload) }
        : { payload: JSON.stringify(result.error), functionError: "Unhandled" };
    },
  };
}

function bodyOf({ body }: AwsCall): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    throw new AwsError("SerializationException", "The integration's request template makes no JSON.");
  }
}
