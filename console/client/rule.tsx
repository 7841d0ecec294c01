import { useState } from "preact/hooks";
import type { RuleClause, RuleTest, RuleView } from "../shared/parts.ts";
import { post, useData } from "./data.ts";
import { pathOf } from "./router.ts";
import { GLYPHS } from "./text.ts";
import { Json, Notice, Show } from "./ui.tsx";

/** The pattern of a step's rule, and what it makes of an event. */
export function Rule({ flow, step }: { readonly flow: string; readonly step: string }) {
  const url = `/api${pathOf("flows", flow, "steps", step, "rule")}`;
  const data = useData<RuleView>(url);
  return (
    <div class="wide rule">
      <h3>Pattern of its rule</h3>
      <Show data={data}>
        {({ pattern, sample }) => (
          <div class="columns">
            <Json value={pattern} />
            <Tester url={`${url}/test`} sample={sample} />
          </div>
        )}
      </Show>
    </div>
  );
}

function Tester({ url, sample }: { readonly url: string; readonly sample: unknown }) {
  const [text, setText] = useState(() => JSON.stringify(sample, null, 2));
  const [result, setResult] = useState<RuleTest>();
  const [error, setError] = useState("");
  const test = (event: Event) => {
    event.preventDefault();
    setResult(undefined);
    setError("");
    post<RuleTest>(url, text).then(setResult, (problem: Error) => setError(problem.message));
  };
  return (
    <form onSubmit={test}>
      <label>
        An event, as EventBridge delivers it
        <textarea
          rows={9}
          value={text}
          spellcheck={false}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setResult(undefined);
          }}
        />
      </label>
      <div class="actions">
        <button type="submit">Does it match?</button>
      </div>
      {error !== "" && <Notice>{error}</Notice>}
      {result && <Result of={result} />}
    </form>
  );
}

function Result({ of: { matches, clauses } }: { readonly of: RuleTest }) {
  const failed = clauses.filter((one) => !one.matches);
  return (
    <Notice kind={matches ? "good" : "wait"}>
      {matches
        ? "It matches: the step gets this event."
        : failed.length > 0
          ? `It does not match: ${failed.map(({ path }) => path).join(", ")}.`
          : "It does not match: each condition is met, but not by one and the same element of an array."}
      <ul class="clauses">
        {clauses.map((clause) => (
          <Clause key={clause.path} of={clause} />
        ))}
      </ul>
    </Notice>
  );
}

const Clause = ({ of: { path, wanted, found, matches } }: { readonly of: RuleClause }) => (
  <li>
    <span class={matches ? "good" : "bad"} role="img" aria-label={matches ? "met" : "not met"}>
      {GLYPHS[matches ? "good" : "bad"]}
    </span>{" "}
    <code>{path}</code> is one of <code>{JSON.stringify(wanted)}</code>
    {!matches &&
      (found === "" ? (
        ", and the event has nothing there"
      ) : (
        <>
          , and the event has <code>{found}</code>
        </>
      ))}
  </li>
);
