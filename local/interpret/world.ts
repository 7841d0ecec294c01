import type { Authorizer } from "../aws/service.ts";
import type { Clock } from "../clock.ts";
import type { Alarms } from "../cloudwatch/alarms.ts";
import type { Disturbance } from "../disturbance.ts";
import type { DynamoDb } from "../dynamodb/dynamodb.ts";
import type { EventBus } from "../events/bus.ts";
import type { GatewayHost } from "../gateway-host.ts";
import type { IamDirectory } from "../iam/directory.ts";
import type { AsyncInvocations } from "../lambda/async-invocations.ts";
import type { EventSourceMapping } from "../lambda/event-source-mapping.ts";
import type { Functions } from "../lambda/functions.ts";
import type { Schedules } from "../scheduler/schedules.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { Queues } from "../sqs/queues.ts";

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
