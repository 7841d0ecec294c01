import { triggerOf } from "../../../protocol/first-event.ts";
import { targetText } from "../../../protocol/holds.ts";
import type { AlarmRow, Counts, DrawnNode, FlowOverview, MessageCounts, NodeState, Overview } from "../../shared/api.ts";
import { anyChange, deployedStack, useData } from "../data.ts";
import { EdgePanel, openEdge, toggleEdge } from "../events.tsx";
import { Graph } from "../graph.tsx";
import { Parties } from "../parties.tsx";
import { Promised } from "../promise.tsx";
import { go, pathOf } from "../router.ts";
import { ago, clock, number } from "../text.ts";
import { Cut, Notice, Panel, Show, Status } from "../ui.tsx";
import { RequestLines } from "./request-lines.tsx";

export function OverviewView() {
  const data = useData<Overview>("/api/overview", anyChange);
  return <Show data={data}>{(overview) => <Loaded overview={overview} />}</Show>;
}

const UNDER_WAY = ["accepted", "running", "compensating"];
const BLOCKED = ["blocked", "compensation-failed"];
const sumOf = (counts: Counts, statuses: readonly string[]) => statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
/** Messages of all flows; `undefined` where one is not known. */
const messagesOf = (flows: readonly FlowOverview[], kind: keyof MessageCounts) =>
  flows.every(({ messages }) => messages) ? flows.reduce((sum, { messages }) => sum + (messages?.[kind] ?? 0), 0) : undefined;
/** @returns such as `2 dead, 3 queued` */
const flowText = ({ openDeadLetters, perMinute, messages }: FlowOverview) =>
  [
    ...(openDeadLetters > 0 ? [`${openDeadLetters} dead`] : []),
    ...(perMinute === null ? [] : [`${perMinute.toFixed(1)} events/min`]),
    ...(messages && messages.waiting + messages.inFlight > 0 ? [`${messages.waiting + messages.inFlight} queued`] : []),
  ].join(", ") || (perMinute === null && !messages ? "queues unknown" : "idle");

function Loaded({ overview }: { readonly overview: Overview }) {
  const { flows, parties, holds, alarms, map, health, attention, index } = overview;
  const raised = (alarms ?? []).filter(({ state }) => state === "ALARM");
  const states: Record<string, NodeState> = {};
  for (const one of flows) states[`flow:${one.flow}`] = { health: health[`flow:${one.flow}`] ?? "idle", text: flowText(one) };
  for (const { name, breaker } of parties)
    states[`party:${name}`] = {
      health: health[`party:${name}`] ?? "idle",
      text: breaker === "none" ? "no HTTP" : breaker === "closed" ? "calls pass" : `breaker ${breaker}`,
    };
  const weights = Object.fromEntries(flows.map(({ flow, perMinute }) => [`flow:${flow}`, perMinute ?? 0]));
  const pick = ({ id, kind, label }: DrawnNode) => {
    if (kind === "flow") go(pathOf("flows", label));
    else if (kind === "party") go(pathOf("third-parties", label));
    else go(pathOf("flows", triggerOf(id).split("/")[0] ?? ""));
  };
  return (
    <>
      <h1>Overview</h1>
      {index?.rebuilding && (
        <Notice kind="wait">The index is being rebuilt from the state table: {number(index.requests)} requests so far.</Notice>
      )}
      {holds.map((hold) => (
        <Notice key={targetText(hold)} kind="wait">
          {`${targetText(hold)} is held by ${hold.by} until ${clock(hold.until)}: ${hold.why}.`}
        </Notice>
      ))}
      <Tiles overview={overview} raised={raised.length} />
      <Panel title="The hub" aside={<span class="muted">a line opens its last events</span>}>
        <Graph
          drawing={map}
          states={states}
          weights={weights}
          onPick={pick}
          edges={{ open: openEdge(), onPick: toggleEdge }}
          label="Map of all flows: callers on the left, third parties on the right"
        />
      </Panel>
      <EdgePanel edges={map.edges} />
      <Panel title="Flows" id="flows">
        <FlowTable flows={flows} />
      </Panel>
      <Parties overview={overview} />
      <Panel title="Needs attention" aside={<a href="/requests?q=status:blocked,failed,compensation-failed">all</a>}>
        {attention.length > 0 ? (
          <RequestLines rows={attention} />
        ) : (
          <p class="empty">
            {deployedStack === undefined
              ? "No request is blocked or has failed."
              : "No request is blocked or has failed, of the consumers whose keys the stack has; with --key, of that consumer alone."}
          </p>
        )}
      </Panel>
      {alarms === null ? (
        <p class="muted">
          Alarms, and counts of requests by status, are not available for a deployed stack. They are on its dashboard in
          CloudWatch.
        </p>
      ) : (
        <Alarms raised={raised} declared={alarms.length} />
      )}
      <p class="muted">{`Stack ${overview.stack}`}</p>
    </>
  );
}

function Tiles({ overview, raised }: { readonly overview: Overview; readonly raised: number }) {
  const { counts, openDeadLetters, oldestDeadLetter, perMinute, flows, parties, holds } = overview;
  const title = `open dead letters${oldestDeadLetter === undefined ? "" : `, oldest ${ago(oldestDeadLetter)}`}`;
  const dead = <Tile title={title} value={openDeadLetters} to="/dead-letters" kind="bad" />;
  if (counts === null)
    return (
      <div class="tiles">
        <Tile title="messages waiting" value={messagesOf(flows, "waiting")} to="#flows" kind="wait" />
        <Tile title="messages in flight" value={messagesOf(flows, "inFlight")} to="#flows" kind="busy" />
        {dead}
        <Tile
          title="breakers open"
          value={parties.filter(({ breaker }) => breaker === "open" || breaker === "half-open").length}
          to="#parties"
          kind="bad"
        />
        <Tile title="held" value={holds.length} to="/people" kind="wait" />
      </div>
    );
  return (
    <div class="tiles">
      <Tile title="under way" value={sumOf(counts, UNDER_WAY)} to={`/requests?q=status:${UNDER_WAY.join(",")}`} kind="busy" />
      <Tile title="blocked" value={sumOf(counts, BLOCKED)} to={`/requests?q=status:${BLOCKED.join(",")}`} kind="bad" />
      {dead}
      <Tile title="alarms" value={raised} to="#alarms" kind="bad" />
      <Tile title="completed" value={counts.completed ?? 0} to="/requests?q=status:completed" kind="good" />
      <Tile title="events a minute" value={Math.round(perMinute ?? 0)} to="/catalogue" kind="idle" />
    </div>
  );
}

/** Requests by status where they are counted, else the messages of the flows' queues. */
function FlowTable({ flows }: { readonly flows: readonly FlowOverview[] }) {
  const isCounted = flows.some(({ counts }) => counts !== null);
  const columns: readonly (readonly [string, (one: FlowOverview) => number | undefined])[] = isCounted
    ? [
        ["under way", ({ counts }) => sumOf(counts ?? {}, UNDER_WAY)],
        ["blocked", ({ counts }) => sumOf(counts ?? {}, BLOCKED)],
        ["completed", ({ counts }) => counts?.completed ?? 0],
        ["failed", ({ counts }) => sumOf(counts ?? {}, ["failed", "compensated"])],
      ]
    : [
        ["waiting", ({ messages }) => messages?.waiting],
        ["in flight", ({ messages }) => messages?.inFlight],
        ["dead letters", ({ openDeadLetters }) => openDeadLetters],
      ];
  return (
    <table class="wide">
      <thead>
        <tr>
          <th>flow</th>
          {columns.map(([title]) => (
            <th key={title} class="n">
              {title}
            </th>
          ))}
          <th>objective</th>
        </tr>
      </thead>
      <tbody>
        {flows.map((one) => (
          <tr key={one.flow} title={one.summary}>
            <td>
              <a href={pathOf("flows", one.flow)}>{one.flow}</a>
            </td>
            {columns.map(([title, of]) => (
              <td key={title} class="n">
                {countText(of(one))}
              </td>
            ))}
            <td>{one.promise ? <Promised of={one.promise} /> : <span class="muted">–</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const Alarms = ({ raised, declared }: { readonly raised: readonly AlarmRow[]; readonly declared: number }) => (
  <Panel title="Alarms" id="alarms" aside={<span class="muted">{`${declared} declared`}</span>}>
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
);

const countText = (n: number | undefined) => (n === undefined ? "–" : number(n));

const Tile = ({
  title,
  value,
  to,
  kind,
}: {
  readonly title: string;
  /** `undefined`: not known. */
  readonly value: number | undefined;
  readonly to: string;
  readonly kind: string;
}) => (
  <a class={`tile ${value !== undefined && value > 0 ? kind : "idle"}`} href={to}>
    <b>{countText(value)}</b>
    <span>{title}</span>
  </a>
);
