import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { PartialCounts } from "../../shared/api.ts";
import { ANY_TIME, parseQuery, QUERY_FIELDS, type QueryField, toggled } from "../../shared/query.ts";
import { BulkActions } from "../bulk.tsx";
import { deployedStack } from "../data.ts";
import { Jobs } from "../jobs.tsx";
import { query, setQuery } from "../router.ts";
import { ExportControl, RunExportControl } from "../run-export.tsx";
import { useSelection } from "../selection.ts";
import { number } from "../text.ts";
import { Cut, Notice, Status } from "../ui.tsx";
import { RequestHistogram } from "./histogram.tsx";
import { usePages } from "./request-pages.ts";
import { RequestRows } from "./request-rows.tsx";

export function RequestsView() {
  const text = query.value.get("q") ?? "";
  const problems = parseQuery(text).problems;
  const list = usePages(text);
  const selection = useSelection(text, list);
  const { first } = list;
  return (
    <>
      <header class="head line">
        <h1>Requests</h1>
        {deployedStack === undefined && <RunExportControl />}
      </header>
      <QueryBar text={text} />
      {problems.length > 0 && <Notice kind="wait">{problems.join(" ")}</Notice>}
      <Jobs on="requests" />
      {list.error !== "" && <Notice>{list.error}</Notice>}
      <div class="browse">
        <aside class="facets" aria-label="Filters">
          <Facet title="Status" field="status" counts={first?.facets.status ?? {}} text={text} />
          <Facet title="Flow" field="flow" counts={first?.facets.flow ?? {}} text={text} />
          <p class="muted">
            {deployedStack === undefined ? (
              <>
                Fields: {QUERY_FIELDS.join(", ")}; <code>age&gt;1h</code>, <code>from:</code> and <code>to:</code> a time in UTC;
                a <code>*</code> at the end stands for any rest. A word finds a request id, a correlation id or an id in a
                payload.
              </>
            ) : (
              <>
                Of the consumers whose keys the stack has; with --key, of that consumer alone. Fields: status, flow, correlation,
                key; <code>age&gt;1h</code>, <code>from:</code> and <code>to:</code> a time in UTC. A word finds a request id, a
                correlation id, a trace id or the value of a business key, each of them whole.
              </>
            )}
          </p>
        </aside>
        <section class="panel list">
          <header>
            <p aria-live="polite" class="count">
              {first
                ? `${number(list.known)} request${list.known === 1 && !list.more ? "" : "s"}${list.more ? " and more" : ""}`
                : "…"}
            </p>
            {first !== undefined && first.rows.length > 0 && selection.count === 0 && (
              <ExportControl
                requestIds={first.rows.map(({ requestId }) => requestId)}
                label={list.known > first.rows.length || list.more ? `Export the newest ${first.rows.length}` : "Export these"}
              />
            )}
            {first !== undefined && first.newer > 0 && (
              <button type="button" onClick={list.renew}>
                {`show ${number(first.newer)} newer`}
              </button>
            )}
          </header>
          {list.isCut && (
            <Notice kind="wait">Few requests match, so older ones were not read. Add an age, such as age&gt;1d, to go on.</Notice>
          )}
          <BulkActions selection={selection} text={text} asOf={list.asOf} />
          <RequestHistogram text={text} asOf={first?.rows.length === 0 ? ANY_TIME : list.asOf} />
          <RequestRows list={list} selection={selection} />
        </section>
      </div>
    </>
  );
}

/** The query is to have the focus as soon as it is shown. */
export const searching = signal(false);

function QueryBar({ text }: { readonly text: string }) {
  const [typed, setTyped] = useState(text);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (searching.value) field.current?.focus();
    searching.value = false;
  }, []);
  return (
    <search class="query">
      <input
        id="query"
        ref={field}
        type="search"
        aria-label="Query"
        placeholder="status:blocked flow:order* age>1h, an id, or a correlation id"
        value={typed}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          const value = event.currentTarget.value;
          setTyped(value);
          setQuery({ q: value }, { replace: true });
        }}
      />
    </search>
  );
}

function Facet({
  title,
  field,
  counts,
  text,
}: {
  readonly title: string;
  readonly field: QueryField;
  readonly counts: PartialCounts;
  readonly text: string;
}) {
  const chosen = parseQuery(text).fields[field] ?? [];
  const values = [...new Set([...Object.keys(counts), ...chosen])].sort();
  return (
    <fieldset>
      <legend>{title}</legend>
      {values.map((value) => (
        <label key={value}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => setQuery({ q: toggled(text, field, value) })} />
          {field === "status" ? <Status of={value} /> : <Cut text={value} />}
          {counts[value] !== null && <span class="muted right">{number(counts[value] ?? 0)}</span>}
        </label>
      ))}
    </fieldset>
  );
}
