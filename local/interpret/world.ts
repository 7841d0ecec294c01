import type { GatewayHost } from "../../emulator/apigateway/gateway-host.ts";
import type { Clock } from "../../emulator/clock.ts";
import type { Alarms } from "../../emulator/cloudwatch/alarms.ts";
import type { DynamoDb } from "../../emulator/dynamodb/dynamodb.ts";
import type { Authorizer } from "../../emulator/endpoint/service.ts";
import type { EventBus } from "../../emulator/events/bus.ts";
import type { Disturbance } from "../../emulator/fault-injection.ts";
import type { IamDirectory } from "../../emulator/iam/directory.ts";
import type { AsyncInvocations } from "../../emulator/lambda/async-invocations.ts";
import type { EventSourceMapping } from "../../emulator/lambda/event-source-mapping.ts";
import type { Functions } from "../../emulator/lambda/functions.ts";
import type { Schedules } from "../../emulator/scheduler/schedules.ts";
import type { Secrets } from "../../emulator/secrets/secrets.ts";
import type { Queues } from "../../emulator/sqs/queues.ts";

/** The emulated services that recorded resources are made in. */
export interface World {
  /** Folder of the Pulumi program: relative paths of assets start there. */
  readonly root: string;
  /** Folder for the unpacked code of functions. */
  readonly codeDir: string;
  readonly region: string;
  readonly accountId: string;
  /** Where the AWS APIs listen, such as `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  /** Where the third parties are played. */
  readonly sandboxUrl: string;
  readonly clock: Clock;
  readonly iam: IamDirectory;
  /** Asked before anything is done in a role's name. */
  readonly authorizer: Authorizer;
  readonly queues: Queues;
  readonly bus: EventBus;
  readonly tables: DynamoDb;
  readonly secrets: Secrets;
  readonly functions: Functions;
  readonly asyncInvocations: AsyncInvocations;
  /** By URN. */
  readonly mappings: Map<string, EventSourceMapping>;
  readonly schedules: Schedules;
  readonly alarms: Alarms;
  readonly gateway: GatewayHost;
  readonly disturbance: Disturbance;
  /** What goes wrong beside any request. */
  log(message: string): void;
}
