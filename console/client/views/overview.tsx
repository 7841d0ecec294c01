import type { DrawnNode, NodeState, Overview } from "../../shared/api.ts";
import { anyChange, useData } from "../data.ts";
import { Graph } from "../graph.tsx";
import { go, pathOf } from "../router.ts";
import { number } from "../text.ts";
import { Cut, Notice, Panel, Show, Status } from "../ui.tsx";
import { RequestLines } from "./request-lines.tsx";

export function OverviewView() {
  const data = useData<Overview>("/api/overview", anyChange);
  return <Show data={data}>{(overview) => <Loaded overview={overview} />}</Show>;
}

const UNDER_WAY = ["accepted", "running", "compensating"];
const sumOf = (counts: Overview["counts"], statuses: readonly string[]) =>
  statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);

function Loaded({ overview }: { readonly overview: Overview }) {
  const { counts, openDeadLetters, perMinute, flows, parties, alarms, map, health, flowRates, attention, index } = overview;
  const raised = alarms.filter(({ state }) => state === "ALARM");
  const states: Record<string, NodeState> = {};
  for (const { flow, openDeadLetters, perMinute } of flows) {
    const texts = [...(openDeadLetters > 0 ? [`${openDeadLetters} dead`] : []), `${perMinute.toFixed(1)} events/min`];
    states[`flow:${flow}`] = { health: health[`flow:${flow}`] ?? "idle", text: texts.join(", ") };
  }
  for (const { name, breaker } of parties)
    states[`party:${name}`] = {
      health: health[`party:${name}`] ?? "idle",
      text: breaker === "none" ? "no HTTP" : breaker === "closed" ? "calls pass" : `breaker ${breaker}`,
    };
  const weights = Object.fromEntries(Object.entries(flowRates).map(([flow, rate]) => [`flow:${flow}`, rate]));
  const pick = ({ id, kind, label }: DrawnNode) => {
    if (kind === "flow") go(pathOf("flows", label));
    else if (kind === "party") go(pathOf("third-parties", label));
    else go(pathOf("flows", id.slice("trigger:".length).split("/")[0] ?? ""));
  };
  return (
    <>
      <h1>Overview</h1>
      {index.rebuilding && (
        <Notice kind="wait">The index is being rebuilt from the state table: {number(index.requests)} requests so far.</Notice>
      )}
      <div class="tiles">
        <Tile title="under way" value={sumOf(counts, UNDER_WAY)} to={`/requests?q=status:${UNDER_WAY.join(",")}`} kind="busy" />
        <Tile
          title="blocked"
          value={sumOf(counts, ["blocked", "compensation-failed"])}
          to="/requests?q=status:blocked,compensation-failed"
          kind="bad"
        />
        <Tile title="open dead letters" value={openDeadLetters} to="/dead-letters" kind="bad" />
        <Tile title="alarms" value={raised.length} to="#alarms" kind="bad" />
        <Tile title="completed" value={counts.completed ?? 0} to="/requests?q=status:completed" kind="good" />
        <Tile title="events a minute" value={Math.round(perMinute)} to="/catalogue" kind="idle" />
      </div>
      <Panel title="The hub">
        <Graph
          drawing={map}
          states={states}
          weights={weights}
          onPick={pick}
          label="Map of all flows: callers on the left, third parties on the right"
        />
      </Panel>
      <div class="columns">
        <Panel title="Flows">
          <table class="first-wide">
            <thead>
              <tr>
                <th>flow</th>
                <th class="n">under way</th>
                <th class="n">blocked</th>
                <th class="n">completed</th>
                <th class="n">failed</th>
              </tr>
            </thead>
            <tbody>
              {flows.map(({ flow, summary, counts }) => (
                <tr key={flow} title={summary}>
                  <td>
                    <a href={pathOf("flows", flow)}>{flow}</a>
                  </td>
                  <td class="n">{number(sumOf(counts, UNDER_WAY))}</td>
                  <td class="n">{number(sumOf(counts, ["blocked", "compensation-failed"]))}</td>
                  <td class="n">{number(counts.completed ?? 0)}</td>
                  <td class="n">{number(sumOf(counts, ["failed", "compensated"]))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
        <Panel title="Third parties">
          <table>
            <thead>
              <tr>
                <th>name</th>
                <th>breaker</th>
                <th>rate limit</th>
              </tr>
            </thead>
            <tbody>
              {parties.map(({ name, breaker, rateLimit, openUntil }) => (
                <tr key={name}>
                  <td>
                    <a href={pathOf("third-parties", name)}>{name}</a>
                  </td>
                  <td>
                    <Status of={breaker} /> {openUntil !== "" && <span class="muted">next call {openUntil.slice(11, 19)}</span>}
                  </td>
                  <td class="muted">{rateLimit || "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      </div>
      <Panel title="Needs attention" aside={<a href="/requests?q=status:blocked,failed,compensation-failed">all</a>}>
        {attention.length === 0 ? <p class="empty">No request is blocked or has failed.</p> : <RequestLines rows={attention} />}
      </Panel>
      <Panel title="Alarms" id="alarms" aside={<span class="muted">{`${alarms.length} declared`}</span>}>
        {raised.length === 0 ? (
          <p class="empty">No alarm is raised.</p>
        ) : (
          <ul class="lines">
            {raised.map(({ name, description, value, metrics }) => (
              <li key={name}>
                <Status of="ALARM" /> <Cut text={description || name} />{" "}
                <span class="muted">{`${metrics.join(", ")}: ${value ?? "–"}`}</span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <p class="muted">{`Stack ${overview.stack}`}</p>
    </>
  );
}

const Tile = ({
  title,
  value,
  to,
  kind,
}: {
  readonly title: string;
  readonly value: number;
  readonly to: string;
  readonly kind: string;
}) => (
  <a class={`tile ${value > 0 ? kind : "idle"}`} href={to}>
    <b>{number(value)}</b>
    <span>{title}</span>
  </a>
);
