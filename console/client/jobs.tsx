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
import { ProgressList } from "./progress-list.tsx";
import { pathOf } from "./router.ts";
import { number } from "./text.ts";
import { AskWhy } from "./ui.tsx";

/** Jobs that are shown; the command line lists more. */
const SHOWN = 5;

/** Jobs on dead letters, with progress; a running one can be stopped. */
export function Jobs() {
  const { value, reload } = useData<JobsPage>("/api/jobs", anyChange);
  const [stops, setStops] = useState<Job>();
  const jobs = (value?.jobs ?? []).filter(({ state }, n) => n < SHOWN || state === "running");
  if (jobs.length === 0) return null;
  return (
    <>
      <ProgressList
        title="Jobs"
        items={jobs.map((job) => ({
          ...{ id: job.id, verb: job.verb, what: `${job.by}: ${job.why}`, progress: progressOf(job), startedAt: job.startedAt },
          refusals: job.refusals.map(({ id, refused }) => ({ id, to: pathOf("dead-letters", id), refused })),
          ...(job.state === "running" && {
            action: (
              <button type="button" class="quiet" onClick={() => setStops(job)}>
                Stop…
              </button>
            ),
          }),
        }))}
      />
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
    </>
  );
}

const progressOf = ({ state, done, refused, again, ended }: Job): string =>
  `${state}: ${number(done)} done, ${number(refused)} refused, ${number(again)} failed again${ended === "" ? "" : ` (${ended})`}`;

/** Filters of dead letters, by the ops API's names; none: all. */
type Filter = Job["filter"];

/** Decides on all open dead letters that match by a job. */
export function StartJob({ filter, onDone }: { readonly filter: Filter; readonly onDone: () => void }) {
  const [asks, setAsks] = useState(false);
  return (
    <div class="actions noprint">
      <button type="button" onClick={() => setAsks(true)}>
        Decide as a job…
      </button>
      {asks && <JobForm filter={filter} onClose={() => setAsks(false)} onDone={onDone} />}
    </div>
  );
}

function JobForm({
  filter,
  onClose,
  onDone,
}: {
  readonly filter: Filter;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const [verb, setVerb] = useState<JobVerb>("redrive");
  const [rate, setRate] = useState(String(DEFAULT_RATE));
  const [stopAfter, setStopAfter] = useState(String(DEFAULT_STOP));
  const isAll = Object.keys(filter).length === 0;
  // What is discarded does not fail again.
  const stops = verb === "redrive";
  return (
    <AskWhy
      title={`Decide on all ${isAll ? "open dead letters" : "that match"} by a job`}
      action="Start the job"
      onClose={onClose}
      onDone={async (reason) => {
        const numbers = { rate: Number(rate), ...(stops && { stopAfter: Number(stopAfter) }) };
        await post("/api/jobs", { verb, ...(isAll ? { all: true } : { filter }), ...numbers, reason });
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
