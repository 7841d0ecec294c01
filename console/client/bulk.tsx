import { useState } from "preact/hooks";
import { LARGEST_CHOICE, type RequestVerb } from "../../protocol/jobs.ts";
import { deployedStack, read } from "./data.ts";
import { JobForm } from "./jobs.tsx";
import { useKeys } from "./keys.ts";
import { ExportControl } from "./run-export.tsx";
import type { Selection } from "./selection.ts";
import { number } from "./text.ts";
import { Notice } from "./ui.tsx";

/** Requests whose inputs one file takes. */
const MOST_EXPORTED = 100;

const WORDS: Readonly<Record<RequestVerb, readonly [title: string, action: string]>> = {
  redrive: ["Send the open dead letters back of", "Redrive"],
  cancel: ["Cancel, and compensate what was done in,", "Cancel"],
  runAgain: ["Start a new request with the input of each of", "Run again"],
};

/** What can be done with the chosen requests, each by a job of the hub. */
export function BulkActions({
  selection,
  text,
  asOf,
}: {
  readonly selection: Selection;
  readonly text: string;
  readonly asOf: string;
}) {
  const [asks, setAsks] = useState<RequestVerb>();
  const { count, whole, ids, all, clear, error } = selection;
  const local = deployedStack === undefined;
  useKeys(local ? { A: ["choose all requests that match", all] } : {});
  if (count === 0) return null;
  const what = `${number(count)} request${count === 1 ? "" : "s"}`;
  const tooMany = count > LARGEST_CHOICE;
  const chosen = async () => {
    if (!whole) return [...ids];
    const query = new URLSearchParams({ q: text, asOf });
    return (await read<{ readonly ids: readonly string[] }>(`/api/requests-ids?${query}`)).ids;
  };
  return (
    <div class="bulk actions noprint" role="toolbar" aria-label="Chosen requests">
      <b aria-live="polite">{`${what} chosen`}</b>
      {(["redrive", "cancel", "runAgain"] as const).map((verb) => (
        <button
          key={verb}
          type="button"
          class={verb === "cancel" ? "danger" : ""}
          disabled={tooMany}
          title={tooMany ? `One job takes ${number(LARGEST_CHOICE)} requests at most` : ""}
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
        <JobForm
          title={`${WORDS[asks][0]} ${what}`}
          action={`${WORDS[asks][1]} ${what}`}
          verbs={[asks]}
          unit="Requests"
          chosen={async () => ({ requestIds: await chosen() })}
          onClose={() => setAsks(undefined)}
          onDone={clear}
        />
      )}
    </div>
  );
}
