import type { FlowGraph } from "../../../model/graph.ts";
import type { Undo } from "../../../model/ledger/saga.ts";
import { DOCUMENTS, expiry, graphKey, summaryKey } from "../../../protocol/table.ts";
import { contending } from "../../backoff.ts";
import { RetryableError } from "../../errors.ts";
import { REQUEST_LIFE_SECONDS } from "../../limits.ts";
import type { Clock } from "../../ports.ts";
import { all, any, compare, type Item, isNew, type Table, type Value } from "../../ports.ts";
import { attributesOf, type Belonging, type Fact, factFrom, keyOf, precedenceOf } from "./fact.ts";
import { fold, type Summary } from "./fold.ts";
import { listKeysOf } from "./listing.ts";

/** Facts of requests, and the summaries folded from them. */
export interface LedgerStore {
  /** Stores the fact unless a stored one takes precedence. */
  note(fact: Fact): Promise<void>;
  /**
   * Folds all facts of the request into its summary.
   * @returns `ask` is set when a compensation is due and not known to be triggered
   * @throws RetryableError `GRAPH_UNKNOWN` when the flow's graph is not in the table (yet), `SUMMARY_CONTENDED`
   */
  settle(requestId: string): Promise<Settlement>;
}

interface Settlement {
  readonly summary: Summary;
  readonly ask: Ask | undefined;
}
/** A compensation to trigger. */
interface Ask {
  readonly undo: Undo;
  /**
   * Records that it was triggered. A crash before this triggers it once more at worst, which the step's delivery record absorbs; so
   * does a summary that another function has written in the meantime.
   */
  done(): Promise<void>;
}

/** Each lost try was won by another function, so the summary makes progress. */
const TRIES = 20;

export function ledgerStore({ table, clock }: { readonly table: Table; readonly clock: Clock }): LedgerStore {
  const graphs = new Map<string, FlowGraph>();

  async function graphOf({ flow, graph }: Belonging): Promise<FlowGraph> {
    const key = graphKey(flow, graph);
    const id = `${key.pk}/${key.sk}`;
    const known = graphs.get(id);
    if (known) return known;
    const text = (await table.get(key))?.[DOCUMENTS.graph];
    if (typeof text !== "string") {
      throw new RetryableError(
        "GRAPH_UNKNOWN",
        `the table holds no graph ${graph} of the flow ${flow}. It is read again; deploy the flow if it stays missing.`,
      );
    }
    const found = JSON.parse(text) as FlowGraph;
    graphs.set(id, found); // content-addressed, so it never changes
    return found;
  }

  return {
    async note(fact) {
      const { rank, tie } = precedenceOf(fact);
      const lifetime = expiry(clock.now(), REQUEST_LIFE_SECONDS);
      // The earliest report of an event wins, and the furthest of a delivery.
      const before =
        fact.kind === "event"
          ? compare("tie", ">", tie)
          : any(compare("rank", "<", rank), all(compare("rank", "=", rank), compare("tie", "<", tie)));
      await table.put({ ...keyOf(fact), ...attributesOf(fact), rank, tie, ...lifetime }, any(isNew, before));
    },

    async settle(requestId) {
      const key = summaryKey(requestId);
      const settled = await contending(TRIES, async (): Promise<Settlement | undefined> => {
        // The summary first: a function that stores a fact after the query below settles after us, or makes our write fail.
        const before = await table.get(key);
        const facts = (await table.query(key.pk)).flatMap((item) => factFrom(item) ?? []);
        const asked = askedOf(before);
        const { summary, undo } = await fold(facts, graphOf, asked);
        // One compensation at a time: the function that wins this write chooses it. The next is chosen when it is done.
        const known = undo !== undefined && undo.step === asked?.step && undo.delivery === asked.delivery && asked.published;
        const version = Number(before?.version ?? 0);
        const { steps, ...rest } = summary;
        const item = {
          ...key,
          ...rest,
          ...listKeysOf(rest),
          steps: steps as unknown as Value,
          version: version + 1,
          ...expiry(Date.parse(summary.updatedAt), REQUEST_LIFE_SECONDS),
          ...(undo && { asked: { ...undo, published: known } }),
        };
        if (!(await table.put(item, before ? compare("version", "=", version) : isNew))) return undefined;
        if (!undo || known) return { summary, ask: undefined };
        const done = async () => {
          const published = { ...item, asked: { ...undo, published: true }, version: version + 2 };
          await table.put(published, compare("version", "=", version + 1));
        };
        return { summary, ask: { undo, done } };
      });
      if (settled) return settled;
      throw new RetryableError(
        "SUMMARY_CONTENDED",
        `other functions wrote the summary ${TRIES} times in a row. It is folded again.`,
      );
    },
  };
}

const askedOf = (item: Item | undefined) =>
  item?.asked as { readonly step: string; readonly delivery: string; readonly published: boolean } | undefined;
