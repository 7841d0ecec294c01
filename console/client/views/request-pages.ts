import { useEffect, useRef, useState } from "preact/hooks";
import type { RequestPage, RequestRow } from "../../shared/api.ts";
import { pauseAfter, read, useChanges } from "../data.ts";

const PAGE = 100;

export type Pages = ReturnType<typeof usePages>;

/** Reads the parts of the list that are shown. New requests are only counted, so that no row moves while one reads. */
export function usePages(text: string) {
  const [asOf, setAsOf] = useState("");
  const [pages, setPages] = useState<Readonly<Record<number, RequestPage>>>({});
  const [error, setError] = useState("");
  const key = `${text}\n${asOf}`;
  const current = useRef({ key, wanted: new Set<number>(), timer: 0, pause: 0 });
  if (current.current.key !== key) current.current = { key, wanted: new Set(), timer: 0, pause: 0 };

  const urlOf = (index: number) => {
    const parameters = new URLSearchParams({ q: text, offset: String(index * PAGE), limit: String(PAGE) });
    if (asOf !== "") parameters.set("asOf", asOf);
    if (index > 0) parameters.set("rowsOnly", "");
    return `/api/requests?${parameters}`;
  };
  const load = (index: number) => {
    // A row that was drawn for the former query may still ask: what it marked as wanted would not be read for this one.
    if (current.current.key !== key) return;
    current.current.wanted.add(index);
    const began = performance.now();
    read<RequestPage>(urlOf(index)).then(
      (page) => {
        if (current.current.key !== key) return;
        // The first part has the counts, which cost most.
        if (index === 0) current.current.pause = pauseAfter(began);
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
    }, state.pause);
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
    asOf,
    error,
    known,
    more: last?.more === true,
    /** Older ones may match, and the next page is not to be had. */
    isCut: last?.more === true && !isFull,
    /** One row more makes the next page be read. */
    total: known + (last?.more === true && isFull ? 1 : 0),
    rowAt: (place: number) => pages[Math.floor(place / PAGE)]?.rows[place % PAGE],
    /** @returns ids of the rows from one place to another, both included; what is not shown is read. @throws Error with the server's detail */
    async idsBetween(from: number, to: number): Promise<readonly string[]> {
      const indexes = Array.from(
        { length: Math.floor(to / PAGE) - Math.floor(from / PAGE) + 1 },
        (_, n) => Math.floor(from / PAGE) + n,
      );
      const found: RequestRow[] = [];
      for (const index of indexes) found.push(...(pages[index] ?? (await read<RequestPage>(urlOf(index)))).rows);
      const begin = (indexes[0] ?? 0) * PAGE;
      return found.slice(from - begin, to - begin + 1).map(({ requestId }) => requestId);
    },
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
