import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RequestRow } from "../../shared/api.ts";
import { useKeys } from "../keys.ts";
import { go, pathOf } from "../router.ts";
import type { Selection } from "../selection.ts";
import { Ago, Cut, Status } from "../ui.tsx";
import type { Pages } from "./request-pages.ts";

const ROW = 38;
const RESTING_MS = 60;

/** Ids of the list that was shown last, for `[` and `]` on a request's page. */
export const lastList = signal<readonly string[]>([]);

/** The rows that are in sight. */
export function RequestRows({ list, selection }: { readonly list: Pages; readonly selection: Selection }) {
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
    x: ["choose the row", () => selection.toggle(Math.max(0, at))],
    X: ["choose all rows up to this one", () => selection.extend(Math.max(0, at))],
    ...(selection.count > 0 && { Escape: ["choose none", selection.clear] as const }),
  });
  return (
    <div class="rows" ref={box} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <ul class="filler" style={{ height: `${total * ROW}px` }} aria-label="Requests">
        {shown.map((place) => {
          const row = list.rowAt(place);
          return (
            <li key={place} aria-setsize={total} aria-posinset={place + 1} style={{ top: `${place * ROW}px` }}>
              {row ? (
                <>
                  <input
                    type="checkbox"
                    aria-label={`choose request ${row.requestId}`}
                    checked={selection.has(row.requestId)}
                    onClick={(event) => (event.shiftKey ? selection.extend(place) : selection.toggle(place))}
                  />
                  <Row row={row} isAt={place === at} onOpen={() => open(place)} />
                </>
              ) : (
                <span class="row muted">…</span>
              )}
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
