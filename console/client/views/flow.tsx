import type { DrawnNode } from "../../shared/api.ts";
import type { FlowPage } from "../../shared/catalogue.ts";
import { anyChange, deployedStack, useData } from "../data.ts";
import { EdgePanel, openEdge, toggleEdge } from "../events.tsx";
import { Graph } from "../graph.tsx";
import { HoldControl } from "../holds.tsx";
import { Promised } from "../promise.tsx";
import { go, pathOf, query, setQuery } from "../router.ts";
import { SourceLink } from "../source.tsx";
import { number } from "../text.ts";
import { TimersPanel } from "../timers.tsx";
import { Panel, Show, Status } from "../ui.tsx";
import { StepPanel } from "./step-panel.tsx";

export function FlowView({ flow }: { readonly flow: string }) {
  const data = useData<FlowPage>(`/api${pathOf("flows", flow)}`, anyChange);
  return <Show data={data}>{(page) => <Loaded page={page} />}</Show>;
}

function Loaded({ page }: { readonly page: FlowPage }) {
  const { counts, openDeadLetters, promise, source, decisions, graph, drawing, states } = page;
  const node = query.value.get("node") ?? "";
  const pick = ({ id, kind, label }: DrawnNode) => {
    if (kind === "event") go(pathOf("events", label));
    else if (kind === "party") go(pathOf("third-parties", label));
    else if (kind === "trigger" && deployedStack === undefined)
      go(`/send?${new URLSearchParams({ trigger: `${graph.flow}/${label}` })}`);
    else if (kind !== "trigger") setQuery({ node: id === node ? "" : id });
  };
  return (
    <article>
      <header class="head">
        <h1>{graph.flow}</h1>
        <p>{graph.summary}</p>
        <dl class="facts">
          <dt>owner</dt>
          <dd>{graph.owner}</dd>
          <dt>source</dt>
          <dd>
            {source ? (
              <SourceLink of={source} />
            ) : (
              <span class="muted">
                {deployedStack === undefined ? "not known" : "the stack does not know its file: see the console of npm start"}
              </span>
            )}
          </dd>
          {decisions.length > 0 && (
            <>
              <dt>decisions</dt>
              <dd>
                {decisions.map(({ number, title }, i) => (
                  <span key={number}>
                    {i > 0 && ", "}
                    <a href={pathOf("decisions", number)} title={title}>
                      {number}
                    </a>
                  </span>
                ))}
              </dd>
            </>
          )}
          {promise && (
            <>
              <dt>objective</dt>
              <dd>
                <Promised of={promise} />
              </dd>
            </>
          )}
          {counts !== null && (
            <>
              <dt>requests</dt>
              <dd class="chips">
                {Object.entries(counts).map(([status, n]) => (
                  <a key={status} href={`/requests?${new URLSearchParams({ q: `flow:${graph.flow} status:${status}` })}`}>
                    <Status of={status} /> {number(n)}
                  </a>
                ))}
                {Object.keys(counts).length === 0 && "none yet"}
              </dd>
            </>
          )}
          <dt>dead letters</dt>
          <dd>
            <a href={`/dead-letters?${new URLSearchParams({ flow: graph.flow })}`}>{number(openDeadLetters)} open</a>
          </dd>
        </dl>
        <div class="actions noprint">
          {graph.triggers
            .filter((trigger) => "route" in trigger && deployedStack === undefined)
            .map(({ name }) => (
              <a key={name} class="button primary" href={`/send?${new URLSearchParams({ trigger: `${graph.flow}/${name}` })}`}>
                {`Send to ${name}`}
              </a>
            ))}
          <a class="button" href={`/requests?q=${encodeURIComponent(`flow:${graph.flow}`)}`}>
            Its requests
          </a>
        </div>
      </header>
      <HoldControl target={{ flow: graph.flow }} />
      <Panel title="Graph" aside={<span class="muted">a step opens its parts, a line its last events</span>}>
        <Graph
          drawing={drawing}
          states={states}
          selected={node}
          onPick={pick}
          edges={{ open: openEdge(), onPick: toggleEdge }}
          label={`Graph of ${graph.flow}`}
        />
      </Panel>
      <EdgePanel edges={drawing.edges} />
      {graph.triggers.some(({ kind }) => kind === "schedule" || kind === "poll") && <TimersPanel flow={graph.flow} />}
      {node.startsWith("step:") && (
        <StepPanel flow={graph.flow} step={node.slice("step:".length)} onClose={() => setQuery({ node: "" })} />
      )}
    </article>
  );
}
