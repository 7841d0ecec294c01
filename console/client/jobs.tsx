import { useState } from "preact/hooks";
import {
  DEFAULT_RATE,
  DEFAULT_STOP,
  JOB_VERBS,
  type Job,
  type JobsPage,
  type JobVerb,
  LARGEST_RATE,
  LARGEST_STOP,
} from "../../protocol/jobs.ts";
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

/** Decides on all of one group by a job. @param group its id */
export function StartJob({ group, onDone }: { readonly group: string; readonly onDone: () => void }) {
  const [asks, setAsks] = useState(false);
  return (
    <div class="actions noprint">
      <button type="button" onClick={() => setAsks(true)}>
        Decide as a job…
      </button>
      {asks && <JobForm group={group} onClose={() => setAsks(false)} onDone={onDone} />}
    </div>
  );
}

function JobForm({
  group,
  onClose,
  onDone,
}: {
  readonly group: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const [verb, setVerb] = useState<JobVerb>("redrive");
  const [rate, setRate] = useState(String(DEFAULT_RATE));
  const [stopAfter, setStopAfter] = useState(String(DEFAULT_STOP));
  // What is discarded does not fail again.
  const stops = verb === "redrive";
  return (
    <AskWhy
      title="Decide on all of this cause by a job"
      action="Start the job"
      onClose={onClose}
      onDone={async (reason) => {
        const numbers = { rate: Number(rate), ...(stops && { stopAfter: Number(stopAfter) }) };
        await post("/api/jobs", { verb, filter: { group }, ...numbers, reason });
        onClose();
        onDone();
      }}
    >
      <label>
        What it does
        <select value={verb} onChange={(event) => setVerb(event.currentTarget.value as JobVerb)}>
          {JOB_VERBS.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <Whole label="Dead letters a minute" value={rate} most={LARGEST_RATE} onInput={setRate} />
      {stops && <Whole label="Stop when so many fail again" value={stopAfter} most={LARGEST_STOP} onInput={setStopAfter} />}
    </AskWhy>
  );
}

/** A whole number from 1, which the browser checks when the form is sent. */
const Whole = ({
  label,
  value,
  most,
  onInput,
}: {
  readonly label: string;
  readonly value: string;
  readonly most: number;
  readonly onInput: (text: string) => void;
}) => (
  <label>
    {label}
    <input
      type="number"
      required
      min={1}
      max={most}
      step={1}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  </label>
);
