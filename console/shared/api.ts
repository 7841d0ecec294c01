import type { Cancellation } from "../../protocol/cancel.ts";
import type { OpenGroup } from "../../protocol/dead-letter-groups.ts";
import type { Fault, FaultMode } from "../../protocol/faults.ts";
import type { Hold } from "../../protocol/holds.ts";
import type { ExportOf } from "../../protocol/run-again.ts";
import type { Objective, WindowOutcomes } from "../../protocol/slo.ts";

/** What the console's server answers and its page shows. Times are ISO 8601 by the hub's clock. */

export interface RequestRow {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  readonly flow: string;
  readonly status: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Step and code of its last failure that has not been overcome; `""` for none. */
  readonly step: string;
  readonly error: string;
}
/** Part of the requests that match a query, the newest first. Without counts where only rows were asked for. */
export interface RequestPage {
  readonly rows: readonly RequestRow[];
  /** Requests that match; `null` where they are not counted. */
  readonly total: number | null;
  /** Whether older requests may match; `false` where they are counted. */
  readonly more: boolean;
  /** Matching requests by status and by flow; each without the query's own filter of that kind. */
  readonly facets: { readonly status: PartialCounts; readonly flow: PartialCounts };
  /** Requests created after the page's `asOf`, which are not among `total`; at most 100 where they are not counted. */
  readonly newer: number;
}
/** Requests by the time of their creation. */
export interface Histogram {
  /** ISO 8601: begin of the first bar; `""` where nothing matches. */
  readonly from: string;
  readonly barMs: number;
  /** `failed`: those that are blocked or failed among them. */
  readonly bars: readonly { readonly count: number; readonly failed: number }[];
}
export type Counts = Readonly<Record<string, number>>;
/** `null` for what is not counted. */
export type PartialCounts = Readonly<Record<string, number | null>>;

export type NodeKind = "trigger" | "event" | "step" | "party" | "flow";
export interface DrawnNode {
  /** `<kind>:<name>`. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly label: string;
  /** Second line. */
  readonly detail: string;
  /** Of the upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Middle of the label, which has room of its own. */
  readonly labelAt: readonly [x: number, y: number];
  /** Events on this edge. On an edge to a third party: what the steps and endpoints that call it take or publish. */
  readonly events: PassingEvents;
}
export interface PassingEvents {
  readonly names: readonly string[];
  /** Who publishes them. @default anyone */
  readonly by?: { readonly flow: string; readonly step: string };
  /** Steps whose rules let only some of them pass. @default all pass */
  readonly to?: { readonly flow: string; readonly step: string };
}
/** An event of the archive, with its request. */
export type PassedEvent = EventRow & { readonly requestId: string };
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

/** How things stand, worst first. */
export type Health = "bad" | "wait" | "busy" | "good" | "idle";

export interface FlowOverview {
  readonly flow: string;
  readonly summary: string;
  readonly owner: string;
  /** Requests by status; `null` where they are not counted. */
  readonly counts: Counts | null;
  /** Messages in the queues of its steps; `null` where they are not read here. */
  readonly messages: MessageCounts | null;
  readonly openDeadLetters: number;
  /** Events; `null` where they are not counted. */
  readonly perMinute: number | null;
  readonly health: Health;
  readonly promise: FlowPromise | null;
}
/** The objective of a flow, and how its requests met it. */
export interface FlowPromise {
  readonly objective: Objective;
  /** `null` where they are not counted. */
  readonly outcomes: WindowOutcomes | null;
}
export interface MessageCounts {
  readonly waiting: number;
  readonly inFlight: number;
}
export interface PartyOverview {
  readonly name: string;
  readonly baseUrl: string;
  readonly auth: string;
  readonly rateLimit: string;
  /** `none`: handlers connect to it by themselves. */
  readonly breaker: "closed" | "open" | "half-open" | "none";
  readonly failures: number;
  /** When the breaker admits the next call; `""` unless it is open. */
  readonly openUntil: string;
  /** `<flow> / <step>`. */
  readonly users: readonly string[];
  /** `null` where they are not measured. */
  readonly calls: CallFigures | null;
}
export interface CallFigures {
  /** Of the last five minutes. */
  readonly perMinute: number;
  /** Calls of the last hour that failed or were answered 5XX, after their quick retries. */
  readonly failed: number;
  /** ms, of the calls of the last hour; `null` where there was none. */
  readonly p50: number | null;
  readonly p99: number | null;
}
/** What the sandbox shows in the place of a third party, and can show; or why it does not play it. */
export type SandboxParty =
  | { readonly modes: readonly FaultMode[]; readonly active: readonly Fault[] }
  | { readonly reason: string };
/** By name of the third party. */
export type Faults = Readonly<Record<string, SandboxParty>>;
export interface AlarmRow {
  readonly name: string;
  readonly description: string;
  /** Names of the metrics that it watches. */
  readonly metrics: readonly string[];
  /** Of the newest period; `null` while it has none. */
  readonly value: number | null;
  /** Such as `GreaterThanThreshold`, by which the value is compared with the threshold. */
  readonly comparison: string;
  readonly threshold: number;
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
}
export interface Overview {
  readonly stack: string;
  /** Requests by status; `null` where they are not counted. */
  readonly counts: Counts | null;
  readonly openDeadLetters: number;
  /** ISO 8601: when the oldest open dead letter was recorded. @default not known */
  readonly oldestDeadLetter?: string;
  /** Events; `null` where they are not counted. */
  readonly perMinute: number | null;
  readonly flows: readonly FlowOverview[];
  readonly parties: readonly PartyOverview[];
  readonly holds: readonly Hold[];
  /** `null` where they are not read here. */
  readonly alarms: readonly AlarmRow[] | null;
  readonly map: Drawing;
  /** Health by node of the map. */
  readonly health: Readonly<Record<string, Health>>;
  /** Latest requests that need an operator. */
  readonly attention: readonly RequestRow[];
  /** `null` where there is none. */
  readonly index: IndexState | null;
}
export interface IndexState {
  /** True while the state table is read, so that older requests may be missing. */
  readonly rebuilding: boolean;
  readonly requests: number;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
}
export interface StepView {
  readonly step: string;
  readonly status: string;
  readonly count?: number;
  readonly progress?: { readonly came: number; readonly of: number };
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly error?: Failure;
  readonly compensation?: { readonly status: string; readonly attempts: number; readonly error?: Failure };
}
/** One row of a request's time line. */
export interface DeliveryView {
  readonly step: string;
  readonly delivery: string;
  readonly status: string;
  readonly attempts: number;
  /** When its cause was published; `""` where that is not known. */
  readonly causedAt: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly error?: Failure;
  /** The delivery that it undoes. */
  readonly compensates?: string;
  readonly emitted: readonly string[];
  /** Id of its open or closed dead letter. */
  readonly deadLetter?: string;
}
export interface EventRow {
  /** Place in the archive, by which its payload is read; 0 where the archive does not hold it. */
  readonly place: number;
  readonly eventId: string;
  readonly name: string;
  /** Step that published it, or `trigger:<name>`. */
  readonly step: string;
  readonly causationId: string;
  readonly at: string;
}
/** Why a request does not go on. */
export interface Wait {
  readonly step: string;
  readonly text: string;
  readonly health: Health;
}
/** A request of another flow. */
export type Relative = Pick<RequestRow, "requestId" | "flow" | "status">;
export interface RequestView {
  readonly request: RequestRow;
  /** 32 hex digits, by which X-Ray and other viewers find its trace. */
  readonly traceId: string;
  readonly cancelled?: Cancellation;
  /** The request that this one repeats. */
  readonly repeats?: string;
  /** The request of another hub that this one repeats. */
  readonly exportOf?: ExportOf;
  /** Requests that repeat this one, the first one first. */
  readonly ranAgain: readonly string[];
  /** The request whose event opened this one. */
  readonly parent?: Relative;
  /** Requests that events of this one opened in other flows. */
  readonly children: readonly Relative[];
  readonly drawing: Drawing;
  /** State by node of the drawing. */
  readonly states: Readonly<Record<string, NodeState>>;
  readonly steps: readonly StepView[];
  readonly deliveries: readonly DeliveryView[];
  readonly events: readonly EventRow[];
  /** Events by name, where they are too many to list. */
  readonly eventCounts: Counts;
  readonly waits: readonly Wait[];
  readonly deadLetters: readonly DeadLetterRow[];
  /** Other requests with the same correlation id. */
  readonly related: readonly RequestRow[];
}
export interface NodeState {
  readonly health: Health;
  readonly text: string;
}
export interface Payload {
  readonly name: string;
  readonly at: string;
  /** Secrets are masked. */
  readonly metadata: unknown;
  readonly data: unknown;
}

export interface DeadLetterRow {
  readonly id: string;
  readonly state: string;
  readonly flow: string;
  readonly step: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attempts: number;
  readonly times: number;
  readonly at: string;
  readonly firstAt: string;
}
/** Dead letters with one cause, with what operators noted. */
export type DeadLetterGroup = OpenGroup;
export interface DeadLetterPage {
  readonly rows: readonly DeadLetterRow[];
  /** Those that match; `null` for more than are counted. */
  readonly total: number | null;
  readonly states: PartialCounts;
  readonly groups: readonly DeadLetterGroup[];
  /** `null` where not all first failures of the groups are known. */
  readonly sparks: Sparks | null;
}
/** When the dead letters of each group failed for the first time. */
export interface Sparks {
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  /** By id of the group: dead letters in each of the equal parts of that time. */
  readonly counts: Readonly<Record<string, readonly number[]>>;
}
/** A dead letter as the ops API shows it. */
export interface DeadLetterDetail extends DeadLetterRow {
  readonly event: string | null;
  readonly shape: string;
  readonly autoRedrives: number;
  readonly redriveAt: string | null;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  readonly reason: string | null;
  readonly calls: Readonly<Record<string, unknown>>;
  readonly revision: string;
  /** The payload that a redrive sends, where an operator changed it. */
  readonly edited: { readonly by: string; readonly at: string; readonly why: string; readonly data: unknown } | null;
  readonly completion: { readonly by: string; readonly at: string } | null;
  readonly message: unknown;
}
export interface Decision {
  readonly id: string;
  readonly state?: string;
  readonly refused?: string;
}
/** What a change of the hub's state concerns; the page reads again what it shows of it. */
export interface Change {
  /** Ids of requests; `null` for more than are worth a list. */
  readonly requests: readonly string[] | null;
  readonly deadLetters: boolean;
}
