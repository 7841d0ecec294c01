import { useState } from "preact/hooks";
import type { Histogram } from "../../shared/api.ts";
import { parseQuery, ranged } from "../../shared/query.ts";
import { anyChange, deployedStack, useData } from "../data.ts";
import { query, setQuery } from "../router.ts";
import { clock, duration, number } from "../text.ts";

const WIDTH = 1_000;
const HEIGHT = 100;
/** Bars that a page key moves by. */
const PAGE = 10;

/** Requests by time; a drag over it, or its two handles, choose a range, which stands in the query. @param asOf ISO 8601: later ones are left out */
export function RequestHistogram({ text, asOf }: { readonly text: string; readonly asOf: string }) {
  const parameters = new URLSearchParams({ q: ranged(text), asOf });
  const local = deployedStack === undefined;
  const { value } = useData<Histogram>(local && asOf !== "" ? `/api/requests-histogram?${parameters}` : undefined, anyChange);
  if (!local)
    return (
      <p class="histogram-none">
        No histogram: the API of a deployed stack counts no requests. A range of times works in the query:{" "}
        <code>from:2026-11-29T12:00</code> <code>to:2026-11-29T13:00</code>.
      </p>
    );
  return value === undefined || Number.isNaN(Date.parse(value.from)) ? (
    <div class="histogram" />
  ) : (
    <Bars of={value} text={text} />
  );
}

function Bars({ of: { from, barMs, bars }, text }: { readonly of: Histogram; readonly text: string }) {
  const [drag, setDrag] = useState<readonly [from: number, to: number]>();
  const begin = Date.parse(from);
  const { length } = bars;
  const given = parseQuery(text);
  const within = (n: number) => Math.min(length, Math.max(0, n));
  const placeOf = (time: string | undefined, otherwise: number, round: (n: number) => number) =>
    time === undefined ? otherwise : within(round((Date.parse(time) - begin) / barMs));
  const start = placeOf(given.from, 0, Math.floor);
  const end = Math.max(placeOf(given.to, length, Math.ceil), start);
  const isRanged = given.from !== undefined || given.to !== undefined;
  const timeAt = (n: number) => clock(new Date(begin + n * barMs).toISOString());
  /** Chooses the bars from the first to before the second. */
  const choose = (a: number, b: number, replace: boolean) => {
    // The address has it at once, also where the next key comes before the page is drawn again.
    const now = query.value.get("q") ?? "";
    const range = {
      ...(a > 0 && { from: begin + a * barMs }),
      ...(b < length && { to: begin + b * barMs }),
    };
    setQuery({ q: ranged(now, range) }, { replace });
  };
  const barAt = (event: PointerEvent) => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    return Math.min(length - 1, within(Math.floor(((event.clientX - left) / width) * length)));
  };
  const [shownStart, shownEnd] = drag ? [Math.min(...drag), Math.max(...drag) + 1] : [start, end];
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const height = (n: number) => (n === 0 ? 0 : Math.max(2, (n / most) * HEIGHT));
  const width = WIDTH / length;
  const handle = (label: string, at: number, least: number, largest: number, move: (to: number) => void) => (
    <div
      class="handle"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuemin={least}
      aria-valuemax={largest}
      aria-valuenow={at}
      aria-valuetext={timeAt(at)}
      title={`${label}: ${timeAt(at)}. Arrow keys move it, Delete chooses all times.`}
      style={{ left: `${(at / length) * 100}%` }}
      onKeyDown={(event) => {
        const to = moved(event.key, at, least, largest);
        if (event.key !== "Delete" && to === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        if (to === undefined) choose(0, length, true);
        else move(to);
      }}
    />
  );
  return (
    <div class="histogram">
      <div class="brush">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${number(bars.reduce((sum, { count }) => sum + count, 0))} requests by time, in bars of ${duration(barMs)}`}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            setDrag([barAt(event), barAt(event)]);
          }}
          onPointerMove={(event) => drag && setDrag([drag[0], barAt(event)])}
          onPointerCancel={() => setDrag(undefined)}
          onPointerUp={(event) => {
            if (!drag) return;
            const other = barAt(event);
            setDrag(undefined);
            choose(Math.min(drag[0], other), Math.max(drag[0], other) + 1, false);
          }}
        >
          <rect class="chosen" x={shownStart * width} y={0} width={(shownEnd - shownStart) * width} height={HEIGHT} />
          {bars.map(({ count, failed }, n) => (
            <g key={n} class={n >= shownStart && n < shownEnd ? "bar" : "bar out"}>
              <title>{`${timeAt(n)}: ${number(count)} requests, ${number(failed)} of them blocked or failed`}</title>
              <rect class="all" x={n * width + 1} y={HEIGHT - height(count)} width={width - 2} height={height(count)} />
              <rect class="failed" x={n * width + 1} y={HEIGHT - height(failed)} width={width - 2} height={height(failed)} />
              <rect class="hit" x={n * width} y={0} width={width} height={HEIGHT} />
            </g>
          ))}
        </svg>
        {handle("from", shownStart, 0, Math.max(0, end - 1), (to) => choose(to, end, true))}
        {handle("to", shownEnd, start + 1, length, (to) => choose(start, to, true))}
      </div>
      <p class="muted">
        <span>{timeAt(shownStart)}</span>
        {isRanged && (
          <button type="button" class="quiet" onClick={() => setQuery({ q: ranged(text) })}>
            all times
          </button>
        )}
        <span>{timeAt(shownEnd)}</span>
      </p>
    </div>
  );
}

/** @returns where a key moves a handle; `undefined` for another key */
function moved(key: string, at: number, least: number, largest: number): number | undefined {
  const to = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    PageDown: at - PAGE,
    PageUp: at + PAGE,
    Home: least,
    End: largest,
  }[key];
  return to === undefined ? undefined : Math.min(largest, Math.max(least, to));
}
