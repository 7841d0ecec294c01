import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { type Bulk, type BulkVerb, LARGEST_BULK } from "../shared/bulk.ts";
import { anyChange, deployedStack, type Loaded, post, useData } from "./data.ts";
import { useKeys } from "./keys.ts";
import { ProgressList } from "./progress-list.tsx";
import { pathOf } from "./router.ts";
import { ExportControl } from "./run-export.tsx";
import type { Selection } from "./selection.ts";
import { number } from "./text.ts";
import { AskWhy, Notice } from "./ui.tsx";

/** Requests whose inputs one file takes. */
const MOST_EXPORTED = 100;
/** Progress is read so often while an action runs. */
const LOOK_MS = 700;

type BulkList = Loaded<{ readonly bulks: readonly Bulk[] }>;

/** Bulk actions of the console's server: they go on, and are here, after a reload. */
export function useBulks(): BulkList {
  const data = useData<{ readonly bulks: readonly Bulk[] }>("/api/bulk", anyChange);
  const isRunning = data.value?.bulks.some(({ state }) => state === "running") ?? false;
  useEffect(() => {
    if (!isRunning) return;
    const timer = setTimeout(data.reload, LOOK_MS);
    return () => clearTimeout(timer);
  }, [data.value]);
  return data;
}

const WORDS: Readonly<Record<BulkVerb, readonly [title: string, action: string]>> = {
  redrive: ["Send the open dead letters of", "Redrive"],
  cancel: ["Cancel, and compensate what was done in,", "Cancel"],
};

/** What can be done with the chosen requests. */
export function BulkActions({
  selection,
  text,
  asOf,
  onBegun,
}: {
  readonly selection: Selection;
  readonly text: string;
  readonly asOf: string;
  readonly onBegun: () => void;
}) {
  const [asks, setAsks] = useState<BulkVerb>();
  const { count, whole, ids, all, clear, error } = selection;
  const local = deployedStack === undefined;
  useKeys(local ? { A: ["choose all requests that match", all] } : {});
  if (count === 0) return null;
  const what = `${number(count)} request${count === 1 ? "" : "s"}`;
  const tooMany = count > LARGEST_BULK;
  const begin = async (verb: BulkVerb, reason: string) => {
    await post("/api/bulk", { verb, reason, ...(whole ? { query: text, asOf } : { requestIds: [...ids] }) });
    setAsks(undefined);
    clear();
    onBegun();
  };
  return (
    <div class="bulk actions noprint" role="toolbar" aria-label="Chosen requests">
      <b aria-live="polite">{`${what} chosen`}</b>
      {(["redrive", "cancel"] as const).map((verb) => (
        <button
          key={verb}
          type="button"
          class={verb === "cancel" ? "danger" : ""}
          disabled={tooMany}
          title={tooMany ? `One action takes ${number(LARGEST_BULK)} requests at most` : ""}
          onClick={() => setAsks(verb)}
        >
          {`${WORDS[verb][1]}…`}
        </button>
      ))}
      {whole || count > MOST_EXPORTED ? (
        <button
          type="button"
          disabled
          title={`A file takes ${MOST_EXPORTED} requests, which are chosen one by one or as a range`}
        >
          Export
        </button>
      ) : (
        <ExportControl requestIds={[...ids]} label="Export" />
      )}
      <button
        type="button"
        class="quiet"
        disabled={whole || !local}
        title={local ? "Also those that are not shown" : "The API of a deployed stack does not list them at once"}
        onClick={all}
      >
        choose all that match
      </button>
      <button type="button" class="quiet" onClick={clear}>
        choose none
      </button>
      {error !== "" && <Notice>{error}</Notice>}
      {asks && (
        <AskWhy
          title={`${WORDS[asks][0]} ${what}${asks === "redrive" ? " back" : ""}`}
          action={`${WORDS[asks][1]} ${what}`}
          onClose={() => setAsks(undefined)}
          onDone={(reason) => begin(asks, reason)}
        />
      )}
    </div>
  );
}

/** Ids of actions that are over and need not be shown any more. */
const hidden = signal<ReadonlySet<string>>(new Set());

/** Progress of bulk actions, each refusal with its request. */
export function Bulks({ bulks: { value, reload } }: { readonly bulks: BulkList }) {
  const shown = (value?.bulks ?? []).filter(({ id }) => !hidden.value.has(id));
  if (shown.length === 0) return null;
  return (
    <ProgressList
      title="Bulk actions"
      items={shown.map((bulk) => ({
        ...{ id: bulk.id, verb: bulk.verb, what: bulk.why, progress: progressOf(bulk), startedAt: bulk.startedAt },
        ...(bulk.state === "running" && { bar: { value: bulk.done, max: bulk.total } }),
        refusals: bulk.refusals.map(({ requestId, refused }) => ({ id: requestId, to: pathOf("requests", requestId), refused })),
        action:
          bulk.state === "running" ? (
            <button
              type="button"
              class="quiet"
              onClick={() => void post(`/api${pathOf("bulk", bulk.id)}/stop`, {}).then(reload, reload)}
            >
              Stop
            </button>
          ) : (
            <button type="button" class="quiet" onClick={() => (hidden.value = new Set([...hidden.value, bulk.id]))}>
              hide
            </button>
          ),
      }))}
    />
  );
}

const progressOf = ({ state, done, total, refused, ended }: Bulk): string =>
  `${state}: ${number(done - refused)} of ${number(total)} done, ${number(refused)} refused${ended === "" ? "" : ` (${ended})`}`;
