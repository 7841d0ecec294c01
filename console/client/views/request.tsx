import { useState } from "preact/hooks";
import type { DeadLetterRow, DrawnNode, Payload, Relative, RequestView } from "../../shared/api.ts";
import type { RequestSpans } from "../../shared/spans.ts";
import { CancelControl } from "../cancel.tsx";
import { concernsRequest, deployedStack, hubCommand, useData } from "../data.ts";
import { Decisions } from "../decisions.tsx";
import { Graph } from "../graph.tsx";
import { useGrowing } from "../growing.ts";
import { useKeys } from "../keys.ts";
import { go, pathOf, query, setQuery } from "../router.ts";
import { RunAgainControl } from "../run-again.tsx";
import { clock, duration, number } from "../text.ts";
import { Ago, Copy, Cut, Json, Notice, Panel, Show, Status } from "../ui.tsx";
import { CompareControl, Comparison } from "./compare.tsx";
import { RequestLines } from "./request-lines.tsx";
import { ALL_LOGS, Logs } from "./request-logs.tsx";
import { lastList } from "./request-rows.tsx";
import { StepPanel } from "./step-panel.tsx";
import { TimeLine } from "./time-line.tsx";

export function RequestPage({ requestId }: { readonly requestId: string }) {
  const data = useData<RequestView>(`/api${pathOf("requests", requestId)}`, concernsRequest(requestId));
  return (
    <>
      <Show data={data}>{(view) => <Loaded view={view} reload={data.reload} />}</Show>
      {data.value === undefined && data.error !== undefined && (
        <button type="button" onClick={data.reload}>
          Look again
        </button>
      )}
    </>
  );
}

const RelativeLink = ({ of: { requestId, flow, status } }: { readonly of: Relative }) => (
  <>
    <Status of={status} /> <a href={pathOf("requests", requestId)}>{flow}</a>{" "}
  </>
);

function Loaded({ view, reload }: { readonly view: RequestView; readonly reload: () => void }) {
  const { request, drawing, states, events, eventCounts, waits, deadLetters, related } = view;
  const { traceId } = view;
  const { requestId, correlationId, flow, status, createdAt, updatedAt, tenant } = request;
  const node = query.value.get("node") ?? "";
  const other = query.value.get("compare") ?? "";
  const eventsDrawn = useGrowing(events.length);
  const open = deadLetters.filter(({ state }) => state === "open");
  const chosen = events.find(({ place }) => place !== 0 && String(place) === query.value.get("event"));
  const show = (place: number) => setQuery({ event: String(place) === query.value.get("event") ? "" : String(place) });
  const neighbour = (by: number) => {
    const next = lastList.value[lastList.value.indexOf(requestId) + by];
    if (next !== undefined && lastList.value.includes(requestId)) go(pathOf("requests", next));
  };
  useKeys({
    ...(deployedStack === undefined && {
      l: ["logs", () => setQuery({ logs: query.value.has("logs") ? "" : ALL_LOGS })] as const,
      p: ["payload of the first event", () => events[0] && show(events[0].place)] as const,
    }),
    t: ["copy the trace id", () => void navigator.clipboard.writeText(traceId)],
    y: ["copy as curl", () => void navigator.clipboard.writeText(curl(requestId))],
    "[": ["previous of the list", () => neighbour(-1)],
    "]": ["next of the list", () => neighbour(1)],
    Escape: ["back to the list", () => (node === "" ? history.back() : setQuery({ node: "" }))],
  });
  const pick = ({ id, kind, label }: DrawnNode) => {
    if (kind === "event") {
      const event = events.find(({ name }) => name === label);
      if (event && event.place !== 0) show(event.place);
      else go(pathOf("events", label));
    } else if (kind === "party") go(pathOf("third-parties", label));
    else setQuery({ node: id === node ? "" : id });
  };
  return (
    <article>
      <header class="head">
        <h1>
          <Status of={status} /> <a href={pathOf("flows", flow)}>{flow}</a>
        </h1>
        <dl class="facts">
          <dt>request</dt>
          <dd class="mono">
            {requestId} <Copy text={requestId} />
          </dd>
          <dt>correlation id</dt>
          <dd class="mono">
            <a href={`/requests?q=correlation:${encodeURIComponent(correlationId)}`}>{correlationId}</a>
          </dd>
          <dt>trace</dt>
          <dd class="mono">
            {traceId} <Copy text={traceId} />
          </dd>
          {tenant !== "" && (
            <>
              <dt>caller</dt>
              <dd>{tenant}</dd>
            </>
          )}
          {view.parent && (
            <>
              <dt>opened by</dt>
              <dd>
                <RelativeLink of={view.parent} />
              </dd>
            </>
          )}
          {view.children.length > 0 && (
            <>
              <dt>opened</dt>
              <dd>
                {view.children.map((child) => (
                  <RelativeLink key={child.requestId} of={child} />
                ))}
              </dd>
            </>
          )}
          <dt>created</dt>
          <dd>
            {clock(createdAt)}{" "}
            <span class="muted">
              (<Ago at={createdAt} />)
            </span>
          </dd>
          <dt>last change</dt>
          <dd>{`${duration(Date.parse(updatedAt) - Date.parse(createdAt))} later`}</dd>
        </dl>
        <div class="actions noprint">
          <Copy text={curl(requestId)} label="Copy as curl" />
          <button type="button" onClick={() => print()}>
            Print
          </button>
          <CompareControl view={view} />
        </div>
      </header>
      {waits.map(({ step, text, health }) => (
        <Notice key={step + text} kind={health === "bad" ? "bad" : "wait"}>
          {text}
        </Notice>
      ))}
      <div class="verbs">
        {open.length > 0 && <Decisions deadLetters={open} onDone={reload} />}
        <RunAgainControl requestId={requestId} {...view} />
        <CancelControl requestId={requestId} status={status} cancelled={view.cancelled} onDone={reload} />
      </div>
      <Panel title="Path">
        {drawing.nodes.length === 0 && <p class="empty">The program that the console read does not declare this flow.</p>}
        <Graph drawing={drawing} states={states} dim selected={node} onPick={pick} label={`Path of request ${requestId}`} />
      </Panel>
      {node.startsWith("step:") && (
        <StepPanel flow={flow} step={node.slice("step:".length)} onClose={() => setQuery({ node: "" })} />
      )}
      {other !== "" && <Comparison view={view} other={other} />}
      <div class="columns">
        <TimeLinePanel view={view} />
        <Panel
          title="Events"
          aside={<span class="muted">{number(Object.values(eventCounts).reduce((sum, n) => sum + n, 0))}</span>}
        >
          <ul class="lines">
            {events.slice(0, eventsDrawn).map((event) => (
              <li key={event.eventId} class={event === chosen ? "open" : ""}>
                <button
                  type="button"
                  class="link"
                  disabled={event.place === 0}
                  aria-expanded={event === chosen}
                  onClick={() => show(event.place)}
                >
                  {event.name}
                </button>
                <span class="muted">{event.step}</span>
                <span class="muted right">{`+${duration(Date.parse(event.at) - Date.parse(createdAt))}`}</span>
              </li>
            ))}
          </ul>
          {deployedStack !== undefined && events.length > 0 && (
            <p class="empty">Their payloads are not available for a deployed stack.</p>
          )}
          {chosen !== undefined && (
            <EventPayload place={chosen.place} cause={events.find(({ eventId }) => eventId === chosen.causationId)?.place} />
          )}
        </Panel>
      </div>
      {deadLetters.length > 0 && <DeadLetters rows={deadLetters} />}
      {deployedStack === undefined ? (
        <Logs correlationId={correlationId} />
      ) : (
        <Panel title="Logs">
          <p class="empty">
            Not available here. Run <code>{hubCommand(`logs ${correlationId}`)}</code>
          </p>
        </Panel>
      )}
      {related.length > 0 && (
        <Panel title="Same correlation id">
          <RequestLines rows={related} />
        </Panel>
      )}
    </article>
  );
}

/** More calls of third parties than this are shown on demand. */
const CALLS_SHOWN = 40;

function TimeLinePanel({ view: { request, deliveries, events } }: { readonly view: RequestView }) {
  const url = deployedStack === undefined ? `/api${pathOf("requests", request.requestId)}/spans` : undefined;
  const { value: spans, error } = useData<RequestSpans>(url, concernsRequest(request.requestId));
  const calls = spans?.deliveries.reduce((sum, one) => sum + one.calls.length, spans.moreCalls) ?? 0;
  const chosen = query.value.get("calls");
  const withCalls = chosen === null ? calls <= CALLS_SHOWN : chosen !== "0";
  const toggle = () => setQuery({ calls: withCalls ? "0" : "1" });
  useKeys(url === undefined ? {} : { h: ["calls of third parties", toggle] });
  return (
    <Panel
      title="Time line"
      aside={
        <>
          {calls > 0 && (
            <button type="button" class="quiet" aria-expanded={withCalls} onClick={toggle}>
              {`${withCalls ? "hide" : "show"} ${number(calls)} call${calls === 1 ? "" : "s"}`}
            </button>
          )}
          <span class="muted">{counted(deliveries.length)}</span>
        </>
      }
    >
      <TimeLine deliveries={deliveries} events={events} spans={spans} withCalls={withCalls} />
      {error !== undefined && <Notice>{error}</Notice>}
      <p class="empty">
        {deployedStack !== undefined ? (
          <>
            Waits, attempts and calls of third parties are in the stack's traces (X-Ray, or the collector of{" "}
            <code>hub:traces</code>), not here.
          </>
        ) : (
          <>
            {spans?.kept === false && "The trace of this request is not kept, so calls of third parties are not known. "}
            {spans !== undefined && spans.moreCalls > 0 && `${number(spans.moreCalls)} later calls are left out. `}
            Choose a step on the path for what it may do.
          </>
        )}
      </p>
    </Panel>
  );
}

/** The API of a deployed stack has the deliveries of a step as one. */
const counted = (n: number) =>
  deployedStack === undefined ? `${n} deliver${n === 1 ? "y" : "ies"}` : `${n} step${n === 1 ? "" : "s"}`;

const curl = (requestId: string) => `curl -H "x-api-key: $HUB_API_KEY" "$HUB_URL${pathOf("requests", requestId)}"`;

function EventPayload({ place, cause }: { readonly place: number; readonly cause: number | undefined }) {
  const payload = useData<Payload>(`/api/payloads/${place}`);
  const before = useData<Payload>(cause === undefined || cause === 0 ? undefined : `/api/payloads/${cause}`);
  const [full, setFull] = useState(false);
  return (
    <Show data={payload}>
      {({ name, data, metadata }) => (
        <div class="payload">
          <p class="muted">
            <a href={pathOf("events", name)}>{name}</a>
            {before.value !== undefined && " – marked: what its cause did not hold"}
            <button type="button" class="quiet right" onClick={() => setFull(!full)}>
              {full ? "payload only" : "with metadata"}
            </button>
          </p>
          <Json
            value={full ? { metadata, data } : data}
            {...(before.value !== undefined && !full && { against: before.value.data })}
          />
        </div>
      )}
    </Show>
  );
}

const DeadLetters = ({ rows }: { readonly rows: readonly DeadLetterRow[] }) => (
  <Panel title="Dead letters">
    <ul class="lines">
      {rows.map(({ id, state, step, errorCode, errorMessage, at }) => (
        <li key={id}>
          <Status of={state} />
          <a href={pathOf("dead-letters", id)}>{step || "event"}</a>
          <span class="mono">{errorCode}</span>
          <Cut text={errorMessage} />
          <span class="muted right">
            <Ago at={at} />
          </span>
        </li>
      ))}
    </ul>
  </Panel>
);
