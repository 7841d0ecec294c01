import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { DeadLetterPage } from "../../shared/api.ts";
import { read, useData } from "../data.ts";
import { Decisions, type Done, Outcome, Repeat } from "../decisions.tsx";
import { Groups } from "../groups.tsx";
import { Jobs, StartJob } from "../jobs.tsx";
import { useKeys } from "../keys.ts";
import { go, pathOf, query, setQuery } from "../router.ts";
import { number } from "../text.ts";
import { Ago, Cut, Panel, Show } from "../ui.tsx";

const PAGE = 100;
/** Where more match than the ops API lists at once. */
const MOST_LISTED = 1_000;
const FILTERS = ["flow", "step", "cause"] as const;

/** Ids of the list that was shown last, for `[` and `]` on a dead letter's page. */
export const listedDeadLetters = signal<readonly string[]>([]);

export function DeadLettersView() {
  const state = query.value.get("state") ?? "open";
  const offset = Number(query.value.get("offset") ?? 0) || 0;
  const parameters = new URLSearchParams({ state, offset: String(offset), limit: String(PAGE) });
  for (const name of FILTERS) if (query.value.get(name)) parameters.set(name, query.value.get(name) ?? "");
  const data = useData<DeadLetterPage>(`/api/dead-letters?${parameters}`, ({ deadLetters }) => deadLetters);
  return (
    <>
      <h1>Dead letters</h1>
      <Show data={data}>{(page) => <Loaded page={page} state={state} offset={offset} reload={data.reload} />}</Show>
    </>
  );
}

interface LoadedProps {
  readonly page: DeadLetterPage;
  readonly state: string;
  readonly offset: number;
  readonly reload: () => void;
}

function Loaded({ page: { rows, total, states, groups, sparks }, state, offset, reload }: LoadedProps) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState({ id: "", index: -1 });
  const [decided, setDecided] = useState<readonly Done[]>([]);
  const done = decided.at(-1);
  const chosen = rows.filter(({ id }) => selected.has(id));
  const [flow = "", step = "", cause = ""] = FILTERS.map((name) => query.value.get(name) ?? "");
  const isFiltered = FILTERS.some((name) => query.value.has(name));
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  // Rows come and go: the cursor stays at its row.
  const found = rows.findIndex(({ id }) => id === cursor.id);
  const at = found >= 0 ? found : Math.min(cursor.index, rows.length - 1);
  const row = rows[at];
  const move = (index: number) => setCursor({ id: rows[index]?.id ?? "", index });
  /** To the row behind those that were decided on, which leave the list. */
  const advance = (ids: ReadonlySet<string>) => {
    const last = rows.findLastIndex(({ id }) => ids.has(id));
    const next = last < 0 ? undefined : rows[last + 1];
    setCursor({ id: next?.id ?? "", index: next ? last + 1 - ids.size : -1 });
  };
  useEffect(() => {
    listedDeadLetters.value = rows.map(({ id }) => id);
  }, [rows]);
  const listed = total ?? MOST_LISTED;
  useKeys({
    j: ["next row", () => move(Math.min(rows.length - 1, at + 1))],
    k: ["previous row", () => move(Math.max(0, at - 1))],
    ...(state === "open" && { x: ["select the row", () => row && toggle(row.id)] as const }),
    Enter: ["open the row", () => row && go(pathOf("dead-letters", row.id))],
  });
  const idsOf = async () => {
    const filter = new URLSearchParams({ limit: "10000" });
    for (const name of FILTERS) if (query.value.get(name)) filter.set(name, query.value.get(name) ?? "");
    return (await read<{ readonly ids: readonly string[] }>(`/api/dead-letters-ids?${filter}`)).ids;
  };
  return (
    <>
      <nav class="tabs" aria-label="State">
        {["open", "redriven", "completed", "discarded"].map((one) => (
          <a key={one} href={`/dead-letters?state=${one}`} aria-current={one === state ? "page" : undefined}>
            {one} {states[one] !== null && <span class="muted">{number(states[one] ?? 0)}</span>}
          </a>
        ))}
      </nav>
      <Jobs on="dead-letters" />
      {groups.length > 0 && <Groups groups={groups} sparks={sparks} reload={reload} />}
      <Panel
        title={isFiltered ? "Of this cause" : "All"}
        aside={
          isFiltered ? (
            <a href={`/dead-letters?state=${state}`}>show all</a>
          ) : (
            <span class="muted">{total === null ? `the newest ${number(MOST_LISTED)}` : number(total)}</span>
          )
        }
      >
        {state === "open" && (chosen.length > 0 || (isFiltered && total !== null)) && (
          <Decisions
            key={`${[...selected].join()} ${decided.length}`}
            deadLetters={chosen}
            {...(chosen.length === 0 && total !== null && { ids: idsOf, count: total })}
            onDone={(one) => {
              setDecided([...decided, one]);
              advance(selected);
              setSelected(new Set());
              reload();
            }}
          />
        )}
        {state === "open" && done && chosen.length === 0 && (
          <>
            <Outcome progress={done.outcome} />
            {row && (
              <Repeat
                done={done}
                next={row}
                onDone={(one) => {
                  setDecided([...decided, one]);
                  advance(new Set([row.id]));
                  reload();
                }}
              />
            )}
          </>
        )}
        {state === "open" && rows.length > 0 && chosen.length === 0 && (
          <StartJob
            filter={{ ...(flow !== "" && { flow }), ...(step !== "" && { step }), ...(cause !== "" && { group: cause }) }}
            onDone={reload}
          />
        )}
        {rows.length === 0 ? (
          <p class="empty">{state === "open" ? "No dead letter waits for a decision." : "None."}</p>
        ) : (
          <div class="scroll">
            <table class="wide">
              <thead>
                <tr>
                  {state === "open" && <th aria-label="selected" />}
                  <th>step</th>
                  <th>error</th>
                  <th>message</th>
                  <th>request</th>
                  <th class="n">failures</th>
                  <th>last</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ id, flow, step, errorCode, errorMessage, requestId, times, at: recorded }, i) => (
                  <tr key={id} class={i === at ? "at" : ""} aria-selected={i === at}>
                    {state === "open" && (
                      <td>
                        <input
                          type="checkbox"
                          aria-label={`select ${id}`}
                          checked={selected.has(id)}
                          onChange={() => toggle(id)}
                        />
                      </td>
                    )}
                    <td class="nowrap">
                      <a href={pathOf("dead-letters", id)}>{`${flow} / ${step || "?"}`}</a>
                    </td>
                    <td class="mono">{errorCode}</td>
                    <td>
                      <Cut text={errorMessage} />
                    </td>
                    <td class="mono">
                      {requestId !== "" && (
                        <a href={pathOf("requests", requestId)}>
                          <Cut text={requestId} />
                        </a>
                      )}
                    </td>
                    <td class="n">{times}</td>
                    <td class="muted nowrap">
                      <Ago at={recorded} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {listed > PAGE && (
          <p class="actions">
            <button
              type="button"
              disabled={offset === 0}
              onClick={() => setQuery({ offset: String(Math.max(0, offset - PAGE)) })}
            >
              newer
            </button>
            <span class="muted">{`${number(offset + 1)} to ${number(Math.min(listed, offset + PAGE))} of ${number(listed)}`}</span>
            <button type="button" disabled={offset + PAGE >= listed} onClick={() => setQuery({ offset: String(offset + PAGE) })}>
              older
            </button>
          </p>
        )}
      </Panel>
    </>
  );
}
