import type { Metadata } from "../../../model/envelope.ts";
import type { Entry } from "../../ports.ts";
import { entryWith } from "../../publish/envelopes.ts";
import { traceparentOf } from "../../tracing/trace-ids.ts";

/** An event of the hub's own that an operator's call causes, and no other event. @param name of the event on the bus */
export const opsEntry = (
  name: string,
  of: Pick<Metadata, "eventId" | "requestId" | "correlationId" | "tenant" | "flow" | "graph" | "step" | "occurredAt">,
  data: unknown,
): Entry =>
  entryWith(of.flow, name, {
    metadata: { ...of, causationId: "", version: 1, hop: 0, traceparent: traceparentOf(of.requestId, of.eventId) },
    data,
  });
