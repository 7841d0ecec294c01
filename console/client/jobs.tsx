import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import {
  DEAD_LETTER_VERBS,
  DEFAULT_RATE,
  DEFAULT_STOP,
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

/** How many jobs this page has started: it need not wait until it hears of them. */
const begun = signal(0);

/** Ended jobs that are shown at first. */
const SHOWN = 2;

/** Jobs on dead letters or on requests, with progress; a running one can be stopped. They go on after a restart of page and hub. */
export function Jobs({ on }: { readonly on: "dead-letters" | "requests" }) {
  const { value, reload } = useData<JobsPage>("/api/jobs", anyChange);
  const [stops, setStops] = useState<Job>();
  const [all, setAll] = useState(false);
  useEffect(() => {
    if (begun.value > 0) reload();
  }, [begun.value]);
  const known = (value?.jobs ?? []).filter(({ requests }) => requests > 0 === (on === "requests"));
  const jobs = known.filter(({ state }, n) => all || n < SHOWN || state === "running");
  if (jobs.length === 0) return null;
  return (
    <>
      <ProgressList
        title="Jobs"
        items={jobs.map((job) => ({
          ...{ id: job.id, verb: VERB_WORDS[job.verb], what: `${job.by}: ${job.why}` },
          ...{ progress: progressOf(job), startedAt: job.startedAt },
          ...(job.state === "running" && job.requests > 0 && { bar: { value: job.done + job.refused, max: job.requests } }),
          refusals: job.refusals.map(({ id, refused }) => ({ id, to: pathOf(on, id), refused })),
          ...(job.state === "running" && {
            action: (
              <button type="button" class="quiet" onClick={() => setStops(job)}>
                Stop…
              </button>
            ),
          }),
        }))}
        more={known.length - jobs.length}
        onMore={() => setAll(true)}
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

const VERB_WORDS: Readonly<Record<JobVerb, string>> = {
  redrive: "redrive",
  discard: "discard",
  cancel: "cancel",
  runAgain: "run again",
};

/** Verbs after which something can fail again, so that the job may stop itself. */
const FAIL_AGAIN: readonly JobVerb[] = ["redrive", "runAgain"];

function progressOf({ verb, requests, state, done, refused, again, ended }: Job): string {
  const of = requests > 0 ? ` of ${number(requests)}` : "";
  const failed = FAIL_AGAIN.includes(verb) ? `, ${number(again)} failed again` : "";
  return `${state}: ${number(done)}${of} done, ${number(refused)} refused${failed}${ended === "" ? "" : ` (${ended})`}`;
}

/** Filters of dead letters, by the ops API's names; none: all. */
type Filter = Job["filter"];

/** Decides on all open dead letters that match by a job. */
export function StartJob({ filter, onDone }: { readonly filter: Filter; readonly onDone: () => void }) {
  const [asks, setAsks] = useState(false);
  const isAll = Object.keys(filter).length === 0;
  return (
    <div class="actions noprint">
      <button type="button" onClick={() => setAsks(true)}>
        Decide as a job…
      </button>
      {asks && (
        <JobForm
          title={`Decide on all ${isAll ? "open dead letters" : "that match"} by a job`}
          action="Start the job"
          verbs={DEAD_LETTER_VERBS}
          unit="Dead letters"
          chosen={async () => (isAll ? { all: true } : { filter })}
          onClose={() => setAsks(false)}
          onDone={onDone}
        />
      )}
    </div>
  );
}

/** Asks for rate, stop condition and reason of a job, and starts it. */
export function JobForm({
  title,
  action,
  verbs,
  unit,
  chosen,
  onClose,
  onDone,
}: {
  readonly title: string;
  readonly action: string;
  /** What the job may do; of one, nothing is asked. */
  readonly verbs: readonly JobVerb[];
  readonly unit: string;
  /** @returns what it decides on, as members of the order */
  readonly chosen: () => Promise<object>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const [verb, setVerb] = useState<JobVerb>(verbs[0] ?? "redrive");
  const [rate, setRate] = useState(String(DEFAULT_RATE));
  const [stopAfter, setStopAfter] = useState(String(DEFAULT_STOP));
  const stops = FAIL_AGAIN.includes(verb);
  return (
    <AskWhy
      title={title}
      action={action}
      onClose={onClose}
      onDone={async (reason) => {
        const numbers = { rate: Number(rate), ...(stops && { stopAfter: Number(stopAfter) }) };
        await post("/api/jobs", { verb, ...(await chosen()), ...numbers, reason });
        begun.value += 1;
        onClose();
        onDone();
      }}
    >
      {verbs.length > 1 && (
        <label>
          What it does
          <select value={verb} onChange={(event) => setVerb(event.currentTarget.value as JobVerb)}>
            {verbs.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      <Whole label={`${unit} a minute`} value={rate} most={LARGEST_RATE} onInput={setRate} />
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
