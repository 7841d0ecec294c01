import type { FlowGraph } from "../../model/graph.ts";
import type { Counts, Drawing, FlowPromise, NodeState, PassedEvent } from "./api.ts";

export interface CataloguedEvent {
  readonly name: string;
  readonly version: number;
  /** The flow that publishes it, and its owner. */
  readonly flow: string;
  readonly owner: string;
  /** Such as `step register`. */
  readonly producers: readonly string[];
  readonly consumers: readonly { readonly flow: string; readonly step: string }[];
}
export interface Catalogue {
  readonly flows: readonly Pick<FlowGraph, "flow" | "summary" | "owner">[];
  readonly events: readonly CataloguedEvent[];
  readonly parties: readonly {
    readonly name: string;
    readonly baseUrl: string;
    readonly operations: readonly { readonly name: string; readonly route: string }[];
  }[];
}
export interface EventPage {
  readonly event: CataloguedEvent;
  /** JSON Schema of its payload; `null` where the deployment does not record it. */
  readonly schema: unknown;
  /** `null` where the archive is not read. */
  readonly latest: readonly PassedEvent[] | null;
}
export interface FlowPage {
  /** Its requests by status; `null` where they are not counted. */
  readonly counts: Counts | null;
  readonly openDeadLetters: number;
  readonly promise: FlowPromise | null;
  readonly graph: FlowGraph;
  readonly drawing: Drawing;
  /** State by node. */
  readonly states: Readonly<Record<string, NodeState>>;
}

/** A trigger to which an example can be sent. */
export interface Sendable {
  readonly flow: string;
  readonly trigger: string;
  readonly kind: "api" | "webhook" | "sync";
  readonly route: string;
  /** Events that it publishes, each with a valid payload. */
  readonly examples: readonly { readonly name: string; readonly summary: string; readonly body: unknown }[];
  /** Query and path parameters with an example value. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly bodiless: boolean;
  /** How the call is authenticated. */
  readonly auth: string;
}
export interface SendOrder {
  readonly flow: string;
  readonly trigger: string;
  /** JSON text. */
  readonly body: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}
export interface SendAnswer {
  readonly status: number;
  readonly milliseconds: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `""` where the answer names none. */
  readonly requestId: string;
}
