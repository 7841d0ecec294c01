import { useState } from "preact/hooks";
import type { HubStatus, TimerStatus } from "../../protocol/status.ts";
import type { TimedRuns, TriggerRun } from "../../protocol/timers.ts";
import { anyChange, post, useData } from "./data.ts";
import { HoldControl } from "./holds.tsx";
import { go, pathOf } from "./router.ts";
import { clock, number } from "./text.ts";
import { AskWhy, Cut, Notice, Panel, Show } from "./ui.tsx";

/** Schedules and polls of a flow: when each runs, how its last run ended, and the buttons to run it now and to leave a run out. */
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
  const [asks, setAsks] = useState<"run" | "skip">();
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
        {kind === "schedule" && expression.startsWith("cron") && enabled && (
          <button type="button" onClick={() => setAsks("skip")}>
            Leave the next run out…
          </button>
        )}
      </div>
      {kind === "poll" && <HoldControl target={{ flow, step: `trigger:${trigger}` }} />}
      {asks !== undefined && (
        <AskWhy
          title={asks === "run" ? `Run ${flow}/${trigger} now` : `Leave the next run of ${flow}/${trigger} out`}
          action={asks === "run" ? "Run now" : "Leave out"}
          onClose={() => setAsks(undefined)}
          onDone={asks === "run" ? run : skip}
        />
      )}
    </section>
  );
}

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
