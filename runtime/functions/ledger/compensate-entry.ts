import type { CompensateStepData } from "../../../model/envelope.ts";
import type { Undo } from "../../../model/ledger/saga.ts";
import type { Entry } from "../../ports/bus.ts";
import { entryOf } from "../../publish/entries.ts";
import type { Summary } from "./fold.ts";

/** CompensateStep under an id that asking again makes again. */
export function compensateEntry({ flow, requestId, correlationId, tenant, graph, updatedAt }: Summary, undo: Undo): Entry {
  const request = { requestId, correlationId, tenant, graph, traceparent: "", causationId: "" };
  const data: CompensateStepData = undo;
  // A delivery's id is its cause's, which other steps share.
  const origin = { flow, step: `ledger:${undo.step}`, request, causes: [undo.delivery], hop: 0 };
  return entryOf(origin, { name: "CompensateStep", version: 1, ordinal: 0, data, at: updatedAt }).entry;
}
