import type { LogLine, LogQuery } from "../../protocol/logs.ts";
import type { About, Metric } from "../../protocol/metrics.ts";
import type { OtlpSpan } from "../../protocol/otlp.ts";
import type { AlarmRow } from "../shared/api.ts";
import type { SourcePlace } from "../shared/catalogue.ts";
import type { HubApi } from "./call-hub.ts";

export type Json = Readonly<Record<string, unknown>>;

/** A resource as the deployment records it. */
export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly inputs: Json;
  readonly outputs: Json;
}

/** An event of the bus that its archive holds. */
export interface ArchivedEvent {
  /** Grows with time. */
  readonly place: number;
  readonly event: {
    readonly "detail-type": string;
    readonly time: string;
    readonly detail: Json;
  };
}

interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly oldestAgeSeconds: number;
}

/** A message as its queue has it. */
interface WaitingMessage {
  readonly messageId: string;
  readonly body: string;
  /** Those of SQS. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** EventBridge's test of an event. @throws Error for a pattern that is none */
export type PatternTest = (pattern: object, event: unknown) => boolean;

/** The hub that the console shows. */
export interface ShownHub extends HubApi {
  /** URL of the sandbox, without a trailing slash. */
  readonly sandboxUrl: string;
  readonly stack: string;
  /** Third parties that are called at their real addresses. */
  readonly live: readonly string[];
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  /** Where a flow is declared, or a step of it; `undefined` where that is not known. */
  sourceOf(flow: string, step?: string): SourcePlace | undefined;
  readonly resources: readonly Resource[];
  readonly matches: PatternTest;
  /** @returns a value that a JSON schema takes */
  sampleOf(schema: object): unknown;
  /** API key of a caller. */
  readonly callerKey: string | undefined;
  /** Name of the state table. */
  readonly table: string;
  /** The hub's clock, ms since the epoch. */
  now(): number;
  /** Reads the state table. */
  read(operation: "GetItem" | "Query" | "Scan", input: Json): Promise<Json>;
  /** Archived events after this place, the oldest first. */
  eventsAfter(place: number, limit: number): readonly ArchivedEvent[];
  eventAt(place: number): ArchivedEvent["event"] | undefined;
  /** @returns `undefined` for a queue that does not exist */
  queue(name: string): QueueDepth | undefined;
  /** The oldest messages of a queue, which stay there; at most ten. */
  messages(name: string): readonly WaitingMessage[];
  /** Actions that a statement of the role's policies has allowed since the hub was started. */
  usedActions(roleArn: string, sid: string): readonly string[];
  alarms(): readonly AlarmRow[];
  /** A metric's statistic over the last seconds; `undefined` where nothing was measured. @param statistic such as `Sum` or `p99` */
  measured(metric: Metric, about: About, statistic: string, seconds: number): number | undefined;
  /** Spans of a request, in any order; none where its trace is not kept. */
  spansOf(requestId: string): readonly OtlpSpan[];
  /** The newest lines that functions and gateway logged, the oldest of them first. */
  logs(query: LogQuery): Promise<readonly LogLine[]>;
  /** Calls back for each line that they log. @returns a function that removes the listener */
  onLog(listener: (line: LogLine) => void): () => void;
  /** Calls back for each item that is written to a table: the item in DynamoDB's typed form, or its key where the item is not known. */
  onWrite(listener: (table: string, item: Json | undefined, key: Json | undefined) => void): () => void;
  /** Calls back for each event that the bus accepted. */
  onEvent(listener: () => void): () => void;
}
