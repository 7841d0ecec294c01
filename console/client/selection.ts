import { useEffect, useRef, useState } from "preact/hooks";

/** A list whose rows can be chosen. */
interface Rows {
  /** Rows that are known. */
  readonly total: number;
  readonly rowAt: (place: number) => { readonly requestId: string } | undefined;
  /** @throws Error with the server's detail */
  readonly idsBetween: (from: number, to: number) => Promise<readonly string[]>;
}

const NONE: ReadonlySet<string> = new Set();

/** Chosen requests of a list: one by one, from one row to another, or all that match. Another query begins with none. */
export function useSelection(text: string, rows: Rows) {
  const [ids, setIds] = useState(NONE);
  const [whole, setWhole] = useState(false);
  const [error, setError] = useState("");
  /** Place of the row that was chosen last, from which a range goes. */
  const anchor = useRef(0);
  const clear = () => {
    setIds(NONE);
    setWhole(false);
    setError("");
    anchor.current = 0;
  };
  useEffect(clear, [text]);
  return {
    error,
    /** All that match, whether they are read or not. */
    whole,
    ids,
    count: whole ? rows.total : ids.size,
    has: (requestId: string) => whole || ids.has(requestId),
    /** Without the whole, none is left: the others are not known one by one. */
    toggle(place: number) {
      const row = rows.rowAt(place);
      if (!row) return;
      anchor.current = place;
      if (whole) return clear();
      setIds((before) => {
        const next = new Set(before);
        if (!next.delete(row.requestId)) next.add(row.requestId);
        return next;
      });
    },
    /** Chooses all rows from the one that was chosen last to this one. */
    extend(place: number) {
      const [from, to] = [Math.min(anchor.current, place), Math.max(anchor.current, place)];
      rows.idsBetween(from, to).then(
        (found) => setIds((before) => new Set([...before, ...found])),
        (problem: Error) => setError(problem.message),
      );
    },
    all: () => setWhole(true),
    clear,
  };
}
export type Selection = ReturnType<typeof useSelection>;
