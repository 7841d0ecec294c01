import type { ComponentChildren } from "preact";
import type { DeliveryView, EventRow } from "../../shared/api.ts";
import type { AttemptPart, CallPart, DeliverySpans, Part, RequestSpans } from "../../shared/spans.ts";
import { useGrowing } from "../growing.ts";
import { pathOf, setQuery } from "../router.ts";
import { duration, GLYPHS, healthOf } from "../text.ts";
import { type TimeScale, timeScale } from "../time-scale.ts";
import { Cut } from "../ui.tsx";

/** A delivery with its times, ms since the epoch, and what the trace has of it. */
interface Row {
  readonly delivery: DeliveryView;
  readonly caused: number;
  readonly start: number;
  readonly end: number;
  readonly spans: DeliverySpans | undefined;
}

/**
 * One row a delivery: waits from its cause to its first attempt, and its attempts; below it its calls of third parties. Idle time is folded,
 * with its length written.
 * @param spans what the trace has; without it a delivery has one wait and one run
 */
export function TimeLine({
  deliveries,
  events,
  spans,
  withCalls,
}: {
  readonly deliveries: readonly DeliveryView[];
  readonly events: readonly EventRow[];
  readonly spans: RequestSpans | undefined;
  readonly withCalls: boolean;
}) {
  const drawn = useGrowing(deliveries.length);
  const known = new Map((spans?.deliveries ?? []).map((one) => [`${one.step} ${one.delivery}`, one]));
  const rows = deliveries.map((delivery): Row => {
    const start = Date.parse(delivery.startedAt);
    const caused = delivery.causedAt === "" ? start : Math.min(start, Date.parse(delivery.causedAt));
    const key = `${delivery.step} ${delivery.delivery}`;
    const found = known.get(key);
    known.delete(key);
    return { delivery, caused, start, end: Math.max(start, Date.parse(delivery.finishedAt)), spans: found };
  });
  // Such as those of an answer to a call, which the ledger has no delivery of.
  const others = [...known.values()].filter(({ calls }) => calls.length > 0);
  if (rows.length === 0 && others.length === 0) return <p class="empty">No step has reported yet.</p>;
  const parts = [...rows.flatMap((row) => runsOf(row)), ...others.flatMap(({ calls }) => calls)];
  const begin = Math.min(
    ...rows.map(({ caused }) => caused),
    ...events.slice(0, 1).map(({ at }) => Date.parse(at)),
    ...others.flatMap(({ calls }) => calls.map(({ start }) => start)),
  );
  const scale = timeScale(parts, begin);
  return (
    <div class="timeline">
      {others.map(({ step, delivery, calls }) => (
        <div class="delivery" key={`${step} ${delivery}`}>
          <div class="what">
            <span>{step}</span>
          </div>
          <Calls calls={calls} scale={scale} />
        </div>
      ))}
      {rows.slice(0, drawn).map((row) => (
        <Delivery key={`${row.delivery.step} ${row.delivery.delivery}`} row={row} scale={scale} withCalls={withCalls} />
      ))}
      {scale.folds.map(({ start, end }) => (
        <p class="muted" key={start}>{`∿ ${duration(end - start)} without work, folded`}</p>
      ))}
    </div>
  );
}

/** What was at work; a delivery waits between its attempts. */
const runsOf = ({ start, end, spans }: Row): readonly Part[] =>
  spans && spans.attempts.length > 0 ? spans.attempts : [{ start, end }];

function Delivery({ row, scale, withCalls }: { readonly row: Row; readonly scale: TimeScale; readonly withCalls: boolean }) {
  const { delivery, caused, start, end, spans } = row;
  const { step, status, attempts, error, compensates, deadLetter } = delivery;
  const health = healthOf(status);
  const waits = spans?.waits ?? [];
  const waited = waits.map((wait) => `${duration(wait.end - wait.start)} in the ${wait.place}`).join(", ");
  const text = `${compensates === undefined ? step : `undo ${step}`}: waited ${waited || duration(start - caused)}, ran ${duration(end - start)}, ${status}`;
  const runs = runsOf(row);
  return (
    <div class="delivery" title={text}>
      <div class="what">
        <span>
          <span class={`glyph ${health}`} role="img" aria-label={status}>
            {GLYPHS[health]}
          </span>
          <button type="button" class="link plain" title="Its log lines" onClick={() => setQuery({ logs: step })}>
            {compensates === undefined ? step : `↩ ${step}`}
          </button>
        </span>
        <span class="muted">{`${duration(end - start)}${attempts > 1 ? ` · ${attempts} attempts` : ""}`}</span>
      </div>
      {trackOf(scale, [
        waits.length === 0
          ? barOf(scale, "wait", { start: caused, end: start })
          : waits.map((wait) =>
              barOf(scale, `wait ${wait.place}`, wait, `${duration(wait.end - wait.start)} in the ${wait.place}`),
            ),
        runs.length > 1 && barOf(scale, "wait", { start, end }),
        runs.map((run, n) =>
          barOf(
            scale,
            `run ${n < runs.length - 1 ? "wait-for-next" : health}`,
            run,
            runs.length > 1 ? `attempt ${n + 1}: ${duration(run.end - run.start)}` : undefined,
          ),
        ),
      ])}
      {error !== undefined && status !== "succeeded" && (
        <p class="error">
          <code>{error.code}</code> {error.message}{" "}
          {deadLetter !== undefined && <a href={pathOf("dead-letters", deadLetter)}>dead letter</a>}
        </p>
      )}
      {withCalls && spans !== undefined && <Calls calls={spans.calls} scale={scale} />}
      {withCalls && <AwsCalls attempts={spans?.attempts ?? []} scale={scale} />}
    </div>
  );
}

const Calls = ({ calls, scale }: { readonly calls: readonly CallPart[]; readonly scale: TimeScale }) => (
  <>
    {calls.map((call) => {
      const { method, url, name, status, error, start, end } = call;
      const isFailed = error !== undefined || status === null || status >= 400;
      return (
        <div class="call" key={`${name} ${start}`} title={`${name}: ${method} ${url}`}>
          <p>
            <Cut text={`${method} ${url}`} mono />
            <span class="muted">{notesOf(call).join(" · ")}</span>
          </p>
          <span class="what">
            <span class={isFailed ? "bad" : "good"}>{status ?? error?.code ?? "no answer"}</span>
            <span class="muted">{duration(end - start)}</span>
          </span>
          {trackOf(scale, barOf(scale, `call ${isFailed ? "bad" : "good"}`, call))}
          {error !== undefined && <p class="error">{error.message}</p>}
        </div>
      );
    })}
  </>
);

/** One line a delivery: its function makes some ten calls an attempt. */
function AwsCalls({ attempts, scale }: { readonly attempts: readonly AttemptPart[]; readonly scale: TimeScale }) {
  const calls = attempts.flatMap(({ aws }) => aws);
  if (calls.length === 0) return null;
  const text = calls.map(
    ({ name, start, end, error }) => `${name} ${duration(end - start)}${error === undefined ? "" : ` (${error})`}`,
  );
  return (
    <div class="call aws" title={`AWS: ${text.join(", ")}`}>
      <p>
        <span class="mono muted break">{text.join(" · ")}</span>
      </p>
      <span class="what">
        <span class="muted">{`${calls.length} AWS call${calls.length === 1 ? "" : "s"}`}</span>
        <span class="muted">{duration(calls.reduce((sum, { start, end }) => sum + end - start, 0))}</span>
      </span>
      {trackOf(
        scale,
        calls.map((one) => barOf(scale, "call aws", one, one.name)),
      )}
    </div>
  );
}

const notesOf = ({ attempt, tries, waitedMs }: CallPart): readonly string[] => [
  ...(attempt !== null && attempt > 1 ? [`attempt ${attempt}`] : []),
  ...(tries > 1 ? [`sent ${tries} times`] : tries === 0 ? ["not sent"] : []),
  ...(waitedMs > 0 ? [`${duration(waitedMs)} for its turn`] : []),
];

/** Functions, not components: of hundreds of deliveries, each component would cost a part of the time in which the page opens. */
const trackOf = (scale: TimeScale, bars: ComponentChildren) => (
  <div class="track">
    {bars}
    {scale.folds.map((fold) => barOf(scale, "fold", fold, `${duration(fold.end - fold.start)} in which nothing happened`))}
  </div>
);

const barOf = (scale: TimeScale, kind: string, part: Part, title?: string) => (
  <i
    key={`${kind} ${part.start}`}
    class={kind}
    title={title}
    style={`left:${Math.min(100, Math.max(0, scale.placeOf(part.start)))}%;width:${scale.widthOf(part)}%`}
  />
);
