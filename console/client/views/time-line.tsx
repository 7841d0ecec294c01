import type { DeliveryView, EventRow } from "../../shared/api.ts";
import { pathOf } from "../router.ts";
import { duration, GLYPHS, healthOf } from "../text.ts";

/** A longer pause is folded. */
const FOLD_FROM_MS = 5_000;
const FOLDED_MS = 400;

/** One row a delivery: the wait from its cause to its first attempt, and the run. Idle time is folded, with its length written. */
export function TimeLine({
  deliveries,
  events,
}: {
  readonly deliveries: readonly DeliveryView[];
  readonly events: readonly EventRow[];
}) {
  if (deliveries.length === 0) return <p class="empty">No step has reported yet.</p>;
  const spans = deliveries.map((delivery) => {
    const start = Date.parse(delivery.startedAt);
    const caused = delivery.causedAt === "" ? start : Math.min(start, Date.parse(delivery.causedAt));
    return { delivery, caused, start, end: Math.max(start, Date.parse(delivery.finishedAt)) };
  });
  const begin = Math.min(...spans.map(({ caused }) => caused), ...events.slice(0, 1).map(({ at }) => Date.parse(at)));
  const folds = foldsBetween(spans, begin);
  const placeOf = (ms: number) =>
    folds.reduce(
      (place, { from, to }) =>
        ms <= from ? place : place - Math.min(ms, to) + from + ((Math.min(ms, to) - from) / (to - from)) * FOLDED_MS,
      ms - begin,
    );
  const whole = Math.max(1, ...spans.map(({ end }) => placeOf(end)));
  const percent = (ms: number) => `${(placeOf(ms) / whole) * 100}%`;
  const lengthOf = (from: number, to: number) => `${Math.max(0.4, ((placeOf(to) - placeOf(from)) / whole) * 100)}%`;
  return (
    <div class="timeline">
      {spans.map(({ delivery, caused, start, end }) => {
        const { step, status, attempts, error, compensates, deadLetter } = delivery;
        const health = healthOf(status);
        const text = `${compensates === undefined ? step : `undo ${step}`}: waited ${duration(start - caused)}, ran ${duration(end - start)}, ${status}`;
        return (
          <div class="delivery" key={`${step} ${delivery.delivery}`} title={text}>
            <div class="what">
              <span>
                <span class={`glyph ${health}`} role="img" aria-label={status}>
                  {GLYPHS[health]}
                </span>
                {compensates === undefined ? step : `↩ ${step}`}
              </span>
              <span class="muted">{`${duration(end - start)}${attempts > 1 ? ` · ${attempts} attempts` : ""}`}</span>
            </div>
            <div class="track">
              <i class="wait" style={{ left: percent(caused), width: lengthOf(caused, start) }} />
              <i class={`run ${health}`} style={{ left: percent(start), width: lengthOf(start, end) }} />
              {folds.map(({ from, to }) => (
                <i
                  key={from}
                  class="fold"
                  style={{ left: percent(from), width: lengthOf(from, to) }}
                  title={`${duration(to - from)} in which nothing happened`}
                />
              ))}
            </div>
            {error !== undefined && status !== "succeeded" && (
              <p class="error">
                <code>{error.code}</code> {error.message}{" "}
                {deadLetter !== undefined && <a href={pathOf("dead-letters", deadLetter)}>dead letter</a>}
              </p>
            )}
          </div>
        );
      })}
      {folds.map(({ from, to }) => (
        <p class="muted" key={from}>{`∿ ${duration(to - from)} without work, folded`}</p>
      ))}
    </div>
  );
}

interface Fold {
  readonly from: number;
  readonly to: number;
}

/** Times between the ends of what ran before and the next run. */
function foldsBetween(spans: readonly { readonly start: number; readonly end: number }[], begin: number): readonly Fold[] {
  const folds: Fold[] = [];
  let busyUntil = begin;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start - busyUntil > FOLD_FROM_MS) folds.push({ from: busyUntil, to: start });
    busyUntil = Math.max(busyUntil, end);
  }
  return folds;
}
