import { useState } from "preact/hooks";
import { triggerStep } from "../../protocol/first-event.ts";
import type { HubStatus, TimerStatus } from "../../protocol/status.ts";
import type { TimedRuns, TriggerRun } from "../../protocol/timers.ts";
import { anyChange, clockOffset, post, useData } from "./data.ts";
import { HoldControl } from "./holds.tsx";
import { go, pathOf } from "./router.ts";
import { clock, number } from "./text.ts";
import { AskWhy, Cut, Notice, Panel, Show } from "./ui.tsx";

/** Schedules and polls of a flow: when each runs, how its last run ended, and the buttons to run it now, and to leave runs out and make up for them. */
export function TimersPanel({ flow }: { readonly flow: string }) {
  const data = useData<HubStatus>("/api/status", anyChange);
  return (
    <Panel title="Schedules and polls">
      <Show data={data}>
        {({ flows }) => (
          <>
            {flows
              .find((one) => one.flow === flow)
              ?.timers.map((timer) => (
                <Timer key={timer.trigger} flow={flow} timer={timer} />
              ))}
          </>
        )}
      </Show>
    </Panel>
  );
}

function Timer({ flow, timer }: { readonly flow: string; readonly timer: TimerStatus }) {
  const { trigger, kind, expression, timezone, enabled, nextAt, poll } = timer;
  const [asks, setAsks] = useState<"run" | "skip" | "backfill">();
  const [done, setDone] = useState("");
  const run = async (reason: string) => {
    const { requestId } = await post<TriggerRun>("/api/triggers/run", { flow, trigger, reason });
    if (requestId === null) setDone("The poll runs now, unless a run of it has not ended yet.");
    else go(pathOf("requests", requestId));
  };
  const skip = async (reason: string) => {
    const { runs } = await post<TimedRuns>("/api/triggers/skip", { flow, trigger, reason });
    setDone(`The run of ${runs.map(({ at }) => clock(at)).join(", ")} is left out: its request is cancelled.`);
  };
  const backfill = async (window: Window, reason: string) => {
    const { runs } = await post<TimedRuns>("/api/triggers/backfill", { flow, trigger, ...window, reason });
    setDone(runs.length === 0 ? "All of these runs have come." : `Started ${runs.map(({ at }) => clock(at)).join(", ")}.`);
  };
  const close = () => setAsks(undefined);
  const isCron = kind === "schedule" && expression.startsWith("cron");
  return (
    <section>
      <h3>
        {trigger} <span class="muted">{`${kind} ${expression} ${timezone}`}</span>
      </h3>
      <dl class="facts">
        <dt>next run</dt>
        <dd>{enabled ? (nextAt === null ? "by its rate" : clock(nextAt)) : "disabled"}</dd>
        {poll && <PollFacts poll={poll} />}
      </dl>
      {done !== "" && <Notice kind="wait">{done}</Notice>}
      <div class="actions noprint">
        <button type="button" onClick={() => setAsks("run")}>
          Run now…
        </button>
        {isCron && enabled && (
          <button type="button" onClick={() => setAsks("skip")}>
            Leave the next run out…
          </button>
        )}
        {isCron && (
          <button type="button" onClick={() => setAsks("backfill")}>
            Backfill…
          </button>
        )}
      </div>
      {kind === "poll" && <HoldControl target={{ flow, step: triggerStep(trigger) }} />}
      {asks === "run" && <AskWhy title={`Run ${flow}/${trigger} now`} action="Run now" onClose={close} onDone={run} />}
      {asks === "skip" && (
        <AskWhy title={`Leave the next run of ${flow}/${trigger} out`} action="Leave out" onClose={close} onDone={skip} />
      )}
      {asks === "backfill" && <BackfillForm title={`Backfill runs of ${flow}/${trigger}`} onClose={close} onDone={backfill} />}
    </section>
  );
}

/** ISO 8601. */
interface Window {
  readonly from: string;
  readonly to: string;
}

/** Runs of the last day that did not come, unless another time is given. */
function BackfillForm({
  title,
  onClose,
  onDone,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly onDone: (window: Window, reason: string) => Promise<void>;
}) {
  const minute = (hoursAgo: number) => new Date(Date.now() + clockOffset.value - hoursAgo * 3_600_000).toISOString().slice(0, 16);
  const [from, setFrom] = useState(minute(24));
  const [to, setTo] = useState(minute(0));
  return (
    <AskWhy
      title={title}
      action="Start the missing runs"
      onClose={onClose}
      onDone={(reason) => onDone({ from: `${from}:00Z`, to: `${to}:00Z` }, reason)}
    >
      <Minute label="From (UTC)" value={from} onInput={setFrom} />
      <Minute label="To (UTC)" value={to} onInput={setTo} />
    </AskWhy>
  );
}

const Minute = ({
  label,
  value,
  onInput,
}: {
  readonly label: string;
  readonly value: string;
  readonly onInput: (text: string) => void;
}) => (
  <label>
    {label}
    <input type="datetime-local" required value={value} onInput={(event) => onInput(event.currentTarget.value)} />
  </label>
);

function PollFacts({ poll: { cursor, lastRun } }: { readonly poll: NonNullable<TimerStatus["poll"]> }) {
  return (
    <>
      <dt>last run</dt>
      <dd>
        {lastRun === null
          ? "none yet"
          : `${clock(lastRun.startedAt)}, ${lastRun.error ?? lastRun.ended ?? "has not ended"}: ${number(lastRun.pages)} pages, ${number(lastRun.events)} events`}
      </dd>
      <dt>cursor</dt>
      <dd>{cursor === null ? "at its start" : <Cut mono text={JSON.stringify(cursor)} />}</dd>
    </>
  );
}
