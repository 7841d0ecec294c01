import type { FlowGraph } from "../../../model/graph.ts";
import type { DeliveryFact } from "../../../model/ledger/facts.ts";
import type { Undo } from "../../../model/ledger/saga.ts";
import { isUndoable, type Work } from "../../../model/ledger/tally.ts";
import { expiry, formerFactKey, summaryKey, UNDO, undoKey, workKey } from "../../../protocol/table.ts";
import { REQUEST_LIFE_SECONDS } from "../../limits.ts";
import { any, type Clock, compare, isNew, type Table } from "../../ports.ts";
import { factFrom } from "./fact.ts";
import { stateFrom } from "./state.ts";
import type { Place } from "./works.ts";

async function readWork(table: Table, requestId: string, { step, delivery }: Place): Promise<Work | undefined> {
  const item = await table.get(workKey(requestId, step, delivery));
  return item && (JSON.parse(String(item.work)) as Work);
}

/** Works as items of their own, and the order in which those with an effect are compensated. */
export function workItems({ table, clock }: { readonly table: Table; readonly clock: Clock }) {
  const read = (requestId: string, place: Place) => readWork(table, requestId, place);
  return {
    read,

    /** @param rev of the summary that holds these works as pending: an older one never replaces a newer one */
    async write(requestId: string, graph: FlowGraph, works: readonly Work[], rev: number): Promise<void> {
      const lifetime = expiry(clock.now(), REQUEST_LIFE_SECONDS);
      await Promise.all(
        works.map(async (work) => {
          const { step, delivery, fact, undo } = work;
          const item = { ...workKey(requestId, step, delivery), work: JSON.stringify(work), rev, ...lifetime };
          const isLatest = await table.put(item, any(isNew, compare("rev", "<=", rev)));
          if (!isLatest || !fact || !isUndoable(graph, work)) return;
          const key = undoKey(requestId, fact.finishedAt, step, delivery);
          if (undo?.status === "succeeded") await table.remove(key);
          else await table.put({ ...key, step, delivery, ...lifetime });
        }),
      );
    },

    /** @returns the delivery that finished last of those that are to be compensated */
    async lastToUndo(requestId: string): Promise<Undo | undefined> {
      for (;;) {
        const [last] = await table.query(summaryKey(requestId).pk, { prefix: UNDO, last: 1 });
        if (!last) return undefined;
        const undo = { step: String(last.step), delivery: String(last.delivery) };
        if ((await read(requestId, undo))?.undo?.status !== "succeeded") return undo;
        // A function that was held up wrote it after the compensation.
        await table.remove(last);
      }
    },
  };
}

/** @returns what the ledger knows of a delivery or a compensation, in whatever form it keeps the request */
export async function knownDelivery(
  table: Table,
  {
    requestId,
    step,
    delivery,
    compensates,
  }: { requestId: string; step: string; delivery: string; compensates?: string | undefined },
): Promise<DeliveryFact | undefined> {
  const item = await table.get(summaryKey(requestId));
  const state = item && stateFrom(item);
  if (!state) {
    const former = await table.get(formerFactKey(requestId, step, delivery));
    const fact = former && factFrom(former);
    return fact?.kind === "delivery" ? fact.fact : undefined;
  }
  const isIt = (fact: DeliveryFact | undefined) => fact?.delivery === delivery && isStep(fact, step);
  if ("facts" in state.body) return state.body.facts.deliveries.find(isIt);
  const pending = state.body.pending.flatMap(({ fact, undo }) => [fact, undo]).find(isIt);
  if (pending) return pending;
  const work = await readWork(table, requestId, { step, delivery: compensates ?? delivery });
  return compensates === undefined ? work?.fact : work?.undo;
}

const isStep = (fact: DeliveryFact | undefined, step: string) => fact?.step === step || fact?.formerly?.includes(step) === true;
