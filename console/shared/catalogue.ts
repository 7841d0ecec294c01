import type { FlowGraph } from "../../model/graph.ts";
import type { EventSchemas } from "../../protocol/run-again.ts";
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
  /** The newest number first. */
  readonly decisions: readonly Decision[];
}
/** A decision record of the project. */
export interface Decision {
  /** Three digits. */
  readonly number: string;
  readonly title: string;
  /** Such as `accepted`; `""` where the record names none. */
  readonly status: string;
  /** Such as `2026-11-29`; `""` where the record names none. */
  readonly date: string;
  /** Flows and events that it names. */
  readonly about: readonly string[];
}
export interface DecisionPage extends Decision {
  /** Path within the project. */
  readonly file: string;
  /** Markdown. */
  readonly text: string;
}
/** A place in a file on this machine. */
export interface SourcePlace {
  /** Absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}
export interface EventPage {
  readonly event: CataloguedEvent;
  /** Records that name it. */
  readonly decisions: readonly Decision[];
  /** JSON Schemas of its payload, by version; `null` where the program records none. */
  readonly schemas: EventSchemas | null;
  /** `null` where the archive is not read. */
  readonly latest: readonly PassedEvent[] | null;
}
export interface FlowPage {
  /** Its requests by status; `null` where they are not counted. */
  readonly counts: Counts | null;
  readonly openDeadLetters: number;
  readonly promise: FlowPromise | null;
  /** Where it is declared; `null` for a deployed stack, which does not know it. */
  readonly source: SourcePlace | null;
  /** Records that name it. */
  readonly decisions: readonly Decision[];
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
