import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { PartialCounts, RequestPage, RequestRow } from "../../shared/api.ts";
import { parseQuery, QUERY_FIELDS, type QueryField, toggled } from "../../shared/query.ts";
import { deployedStack, read, useChanges } from "../data.ts";
import { useKeys } from "../keys.ts";
import { go, pathOf, query, setQuery } from "../router.ts";
import { ExportControl, RunExportControl } from "../run-export.tsx";
import { number } from "../text.ts";
import { Ago, Cut, Notice, Status } from "../ui.tsx";

const ROW = 38;
const PAGE = 100;
const PAUSE_MS = 500;
const RESTING_MS = 60;

/** Ids of the list that was shown last, for `[` and `]` on a request's page. */
export const lastList = signal<readonly string[]>([]);

export function RequestsView() {
  const text = query.value.get("q") ?? "";
  const problems = parseQuery(text).problems;
  const list = usePages(text);
  const { first } = list;
  return (
    <>
      <header class="head line">
        <h1>Requests</h1>
        {deployedStack === undefined && <RunExportControl />}
      </header>
      <QueryBar text={text} />
      {problems.length > 0 && <Notice kind="wait">{problems.join(" ")}</Notice>}
      {list.error !== "" && <Notice>{list.error}</Notice>}
      <div class="browse">
        <aside class="facets" aria-label="Filters">
          <Facet title="Status" field="status" counts={first?.facets.status ?? {}} text={text} />
          <Facet title="Flow" field="flow" counts={first?.facets.flow ?? {}} text={text} />
          <p class="muted">
            {deployedStack === undefined ? (
              <>
                Fields: {QUERY_FIELDS.join(", ")}; <code>age&gt;1h</code>; a <code>*</code> at the end stands for any rest. A word
                finds a request id, a correlation id or an id in a payload.
              </>
            ) : (
              <>
                Of the consumers whose keys the stack has; with --key, of that consumer alone. Fields: status, flow, correlation,
                key; <code>age&gt;1h</code>. A word finds a request id, a correlation id, a trace id or the value of a business
                key, each of them whole.
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
            {first !== undefined && first.rows.length > 0 && (
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
          <Rows list={list} />
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

type Pages = ReturnType<typeof usePages>;

/** Reads the parts of the list that are shown. New requests are only counted, so that no row moves while one reads. */
function usePages(text: string) {
  const [asOf, setAsOf] = useState("");
  const [pages, setPages] = useState<Readonly<Record<number, RequestPage>>>({});
  const [error, setError] = useState("");
  const key = `${text}\n${asOf}`;
  const current = useRef({ key, wanted: new Set<number>(), timer: 0 });
  if (current.current.key !== key) current.current = { key, wanted: new Set(), timer: 0 };

  const load = (index: number) => {
    current.current.wanted.add(index);
    const parameters = new URLSearchParams({ q: text, offset: String(index * PAGE), limit: String(PAGE) });
    if (asOf !== "") parameters.set("asOf", asOf);
    if (index > 0) parameters.set("rowsOnly", "");
    read<RequestPage>(`/api/requests?${parameters}`).then(
      (page) => {
        if (current.current.key !== key) return;
        setError("");
        if (asOf === "" && index === 0 && page.rows[0]) setAsOf(page.rows[0].createdAt);
        else setPages((before) => ({ ...before, [index]: page }));
      },
      (problem: Error) => setError(problem.message),
    );
  };
  useEffect(() => {
    setAsOf("");
    setPages({});
  }, [text]);
  useEffect(() => {
    if (!current.current.wanted.has(0)) load(0);
  }, [key]);
  useChanges(() => {
    const state = current.current;
    state.timer ||= window.setTimeout(() => {
      state.timer = 0;
      if (current.current === state) for (const index of state.wanted) load(index);
    }, PAUSE_MS);
  });
  const first = pages[0];
  const [lastIndex = 0] = Object.keys(pages)
    .map(Number)
    .sort((a, b) => b - a);
  const last = pages[lastIndex];
  const isFull = last?.rows.length === PAGE;
  /** Requests that match, or that were read where they are not counted. */
  const known = first?.total ?? lastIndex * PAGE + (last?.rows.length ?? 0);
  return {
    first,
    error,
    known,
    more: last?.more === true,
    /** Older ones may match, and the next page is not to be had. */
    isCut: last?.more === true && !isFull,
    /** One row more makes the next page be read. */
    total: known + (last?.more === true && isFull ? 1 : 0),
    rowAt: (place: number) => pages[Math.floor(place / PAGE)]?.rows[place % PAGE],
    /** Keeps what is near the shown rows, and reads what is missing. */
    want(from: number, to: number) {
      const shown = [Math.floor(from / PAGE), Math.floor(to / PAGE)];
      current.current.wanted = new Set([...current.current.wanted].filter((index) => index === 0 || shown.includes(index)));
      for (const index of shown) if (!current.current.wanted.has(index) && index * PAGE < this.total) load(index);
    },
    renew() {
      setAsOf("");
      setPages({});
    },
  };
}

function Rows({ list }: { readonly list: Pages }) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [at, setAt] = useState(-1);
  const { total } = list;
  const from = Math.max(0, Math.floor(top / ROW) - 5);
  const to = Math.min(total, Math.ceil((top + height) / ROW) + 5);
  useEffect(() => {
    const measure = () => setHeight(box.current?.clientHeight ?? 600);
    measure();
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, []);
  useEffect(() => {
    // What a fast scroll passes by is not read.
    const timer = setTimeout(() => list.want(from, to), RESTING_MS);
    return () => clearTimeout(timer);
  }, [from, to, list.first, total]);
  const shown = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
  const open = (place: number) => {
    const row = list.rowAt(place);
    if (!row) return;
    lastList.value = shown.flatMap((one) => list.rowAt(one)?.requestId ?? []);
    go(pathOf("requests", row.requestId));
  };
  const move = (by: number) => {
    const next = Math.min(total - 1, Math.max(0, at + by));
    setAt(next);
    const y = next * ROW;
    if (box.current && (y < box.current.scrollTop || y > box.current.scrollTop + height - ROW))
      box.current.scrollTop = y - height / 2;
  };
  useKeys({
    j: ["next row", () => move(1)],
    k: ["previous row", () => move(-1)],
    Enter: ["open the row", () => open(at)],
  });
  return (
    <div class="rows" ref={box} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <ul class="filler" style={{ height: `${total * ROW}px` }} aria-label="Requests">
        {shown.map((place) => {
          const row = list.rowAt(place);
          return (
            <li key={place} aria-setsize={total} aria-posinset={place + 1} style={{ top: `${place * ROW}px` }}>
              {row ? <Row row={row} isAt={place === at} onOpen={() => open(place)} /> : <span class="row muted">…</span>}
            </li>
          );
        })}
      </ul>
      {list.first && total === 0 && <p class="empty">No request matches.</p>}
    </div>
  );
}

const Row = ({ row, isAt, onOpen }: { readonly row: RequestRow; readonly isAt: boolean; readonly onOpen: () => void }) => (
  <a
    class={`row${isAt ? " at" : ""}`}
    href={pathOf("requests", row.requestId)}
    onClick={(event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      onOpen();
    }}
  >
    <Status of={row.status} />
    <Cut text={row.requestId} mono />
    <Cut text={row.step === "" ? row.flow : `${row.flow} / ${row.step}`} />
    <Cut text={row.error} mono />
    <Cut text={row.correlationId === row.requestId ? "" : row.correlationId} mono />
    <span class="age muted">
      <Ago at={row.createdAt} />
    </span>
  </a>
);
