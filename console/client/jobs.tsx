import { useState } from "preact/hooks";
import { DEFAULT_RATE, DEFAULT_STOP, type Job, type JobsPage } from "../../protocol/jobs.ts";
import { anyChange, post, useData } from "./data.ts";
import { pathOf } from "./router.ts";
import { number } from "./text.ts";
import { Ago, AskWhy, Panel } from "./ui.tsx";

/** Jobs that are shown; the command line lists more. */
const SHOWN = 5;

/** Jobs on dead letters, with progress; a running one can be stopped. */
export function Jobs() {
  const { value, reload } = useData<JobsPage>("/api/jobs", anyChange);
  const [stops, setStops] = useState<Job>();
  const jobs = (value?.jobs ?? []).filter(({ state }, n) => n < SHOWN || state === "running");
  if (jobs.length === 0) return null;
  return (
    <Panel title="Jobs">
      <ul class="lines">
        {jobs.map((job) => (
          <li key={job.id}>
            <b>{job.verb}</b>
            <span title={job.id}>{`${job.by}: ${job.why}`}</span>
            <span>
              {`${job.state}: ${number(job.done)} done, ${number(job.refused)} refused, ${number(job.again)} failed again`}
              {job.ended !== "" && ` (${job.ended})`}
            </span>
            {job.refusals.length > 0 && (
              <details>
                <summary>refusals</summary>
                {job.refusals.map(({ id, refused }) => (
                  <p key={id}>
                    <a href={pathOf("dead-letters", id)}>{id}</a>: {refused}
                  </p>
                ))}
              </details>
            )}
            <span class="muted right">
              <Ago at={job.startedAt} />
            </span>
            {job.state === "running" && (
              <button type="button" class="quiet" onClick={() => setStops(job)}>
                Stop…
              </button>
            )}
          </li>
        ))}
      </ul>
      {stops && (
        <AskWhy
          title={`Stop the job of ${stops.by}`}
          action="Stop the job"
          onClose={() => setStops(undefined)}
          onDone={async (reason) => {
            await post(`/api${pathOf("jobs", stops.id)}/stop`, { reason });
            setStops(undefined);
            reload();
          }}
        />
      )}
    </Panel>
  );
}

/** Sends back all of one group by a job. @param group its id */
export function StartJob({ group, onDone }: { readonly group: string; readonly onDone: () => void }) {
  const [asks, setAsks] = useState(false);
  return (
    <div class="actions noprint">
      <button type="button" onClick={() => setAsks(true)}>
        Redrive as a job…
      </button>
      {asks && (
        <AskWhy
          title={`Send all of this cause back, ${DEFAULT_RATE} a minute, until ${DEFAULT_STOP} fail again`}
          action="Start the job"
          onClose={() => setAsks(false)}
          onDone={async (reason) => {
            await post("/api/jobs", { verb: "redrive", filter: { group }, reason });
            setAsks(false);
            onDone();
          }}
        />
      )}
    </div>
  );
}
