import { useState } from "preact/hooks";
import type { RequestPage, RequestView } from "../../shared/api.ts";
import { compared, type StepRun } from "../../shared/compare.ts";
import { read, useData } from "../data.ts";
import { useKeys } from "../keys.ts";
import { pathOf, query, setQuery } from "../router.ts";
import { duration } from "../text.ts";
import { Ago, Notice, Panel, Show, Status } from "../ui.tsx";

/** The button that compares a request with the last one of its flow that completed. */
export function CompareControl({ view: { request } }: { readonly view: RequestView }) {
  const [error, setError] = useState("");
  const isOpen = query.value.has("compare");
  const toggle = () => {
    if (isOpen) return setQuery({ compare: "" });
    const q = `flow:${request.flow} status:completed`;
    read<RequestPage>(`/api/requests?${new URLSearchParams({ q, limit: "2" })}`).then(
      ({ rows }) => {
        const found = rows.find(({ requestId }) => requestId !== request.requestId);
        setError(found ? "" : `No other request of ${request.flow} has completed, or it is not kept any more.`);
        if (found) setQuery({ compare: found.requestId });
      },
      (problem: Error) => setError(problem.message),
    );
  };
  useKeys({ w: ["compare with the last one that went well", toggle] });
  return (
    <>
      <button type="button" aria-expanded={isOpen} onClick={toggle}>
        {isOpen ? "Close the comparison" : "Compare with the last one that went well"}
      </button>
      {error !== "" && <Notice kind="wait">{error}</Notice>}
    </>
  );
}

/** A request beside another one of its flow, step by step. */
export function Comparison({ view, other }: { readonly view: RequestView; readonly other: string }) {
  const data = useData<RequestView>(`/api${pathOf("requests", other)}`);
  return (
    <Panel
      title="Comparison"
      id="comparison"
      aside={
        <a class="mono" href={pathOf("requests", other)}>
          {other}
        </a>
      }
    >
      <Show data={data}>{(there) => <Compared here={view} there={there} />}</Show>
    </Panel>
  );
}

function Compared({ here, there }: { readonly here: RequestView; readonly there: RequestView }) {
  const rows = compared(here, there);
  const longest = Math.max(1, ...rows.flatMap((row) => [row.here?.ran ?? 0, row.there?.ran ?? 0]));
  const whole = ({ request: { createdAt, updatedAt } }: RequestView) => duration(Date.parse(updatedAt) - Date.parse(createdAt));
  const differing = rows.filter(({ difference }) => difference !== "").length;
  return (
    <>
      <p class="pad">
        <Status of={there.request.status} /> created <Ago at={there.request.createdAt} />, {whole(there)} from begin to end; this
        one {whole(here)}. <b>{differing === 0 ? "All steps went alike." : `${differing} of ${rows.length} steps differ.`}</b>
      </p>
      <div class="scroll">
        <table class="compared">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Difference</th>
              <th scope="col">This request</th>
              <th scope="col">The other one</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ step, here: a, there: b, difference }) => (
              <tr key={step} class={difference === "" ? "" : "differs"}>
                <th scope="row">{step}</th>
                <td>{difference}</td>
                <td>
                  <Run run={a} longest={longest} />
                </td>
                <td>
                  <Run run={b} longest={longest} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Run({ run, longest }: { readonly run: StepRun | null; readonly longest: number }) {
  if (!run) return <span class="muted">–</span>;
  const { status, attempts, waited, ran } = run;
  const notes = [
    ...(ran === null ? [] : [`ran ${duration(ran)}`]),
    ...(waited === null ? [] : [`waited ${duration(waited)}`]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ];
  return (
    <>
      <Status of={status} /> <span class="muted">{notes.join(" · ")}</span>
      {ran !== null && <meter class="ran" value={ran} max={longest} aria-label={`ran ${duration(ran)}`} />}
    </>
  );
}
