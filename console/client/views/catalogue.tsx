import type { PartyOverview } from "../../shared/api.ts";
import type { Catalogue, CataloguedEvent, EventPage } from "../../shared/catalogue.ts";
import { anyChange, useData } from "../data.ts";
import { EventLines, NO_ARCHIVE } from "../events.tsx";
import { FaultSwitch, useFaults } from "../faults.tsx";
import { HoldControl } from "../holds.tsx";
import { Breaker } from "../parties.tsx";
import { pathOf, query, setQuery } from "../router.ts";
import { duration, number } from "../text.ts";
import { Cut, Json, Panel, Show } from "../ui.tsx";
import { DecisionLines } from "./decision.tsx";

export function CatalogueView() {
  const data = useData<Catalogue>("/api/catalogue");
  const text = query.value.get("q") ?? "";
  const matches = (...words: readonly string[]) => words.join(" ").toLowerCase().includes(text.toLowerCase());
  return (
    <>
      <h1>Catalogue</h1>
      <search class="query">
        <input
          id="query"
          type="search"
          aria-label="Search the catalogue"
          placeholder="an event, a flow, a third party, an owner, a decision"
          value={text}
          onInput={(event) => setQuery({ q: event.currentTarget.value }, { replace: true })}
        />
      </search>
      <Show data={data}>
        {({ flows, events, parties, decisions }) => (
          <>
            <Panel title="Events">
              <div class="scroll">
                <table class="wide">
                  <thead>
                    <tr>
                      <th>event</th>
                      <th>published by</th>
                      <th>consumed by</th>
                      <th>owner</th>
                    </tr>
                  </thead>
                  <tbody>
                    {events
                      .filter(({ name, flow, owner }) => matches(name, flow, owner))
                      .map((event) => (
                        <tr key={event.flow + event.name}>
                          <td>
                            <a href={pathOf("events", event.name)}>{event.name}</a>{" "}
                            <span class="muted">{`v${event.version}`}</span>
                          </td>
                          <td>
                            <a href={pathOf("flows", event.flow)}>{event.flow}</a>{" "}
                            <span class="muted">{event.producers.join(", ")}</span>
                          </td>
                          <td>
                            <Consumers of={event} />
                          </td>
                          <td class="muted">{event.owner}</td>
                        </tr>
                      ))}
                  </tbody>
                </table>
              </div>
            </Panel>
            <div class="columns">
              <Panel title="Flows">
                <ul class="lines">
                  {flows
                    .filter(({ flow, summary, owner }) => matches(flow, summary, owner))
                    .map(({ flow, summary, owner }) => (
                      <li key={flow}>
                        <a href={pathOf("flows", flow)}>{flow}</a> <Cut text={summary} /> <span class="muted right">{owner}</span>
                      </li>
                    ))}
                </ul>
              </Panel>
              <Panel title="Third parties">
                <ul class="lines">
                  {parties
                    .filter(({ name, operations }) => matches(name, ...operations.map((operation) => operation.name)))
                    .map(({ name, baseUrl, operations }) => (
                      <li key={name}>
                        <a href={pathOf("third-parties", name)}>{name}</a>{" "}
                        <Cut text={operations.map((one) => one.route).join(", ")} mono />{" "}
                        <span class="muted right">{baseUrl}</span>
                      </li>
                    ))}
                </ul>
              </Panel>
            </div>
            <Panel title="Decisions" aside={<span class="muted">records in docs/decisions</span>}>
              <DecisionLines
                decisions={decisions.filter(({ number, title, status, about }) => matches(number, title, status, ...about))}
              />
            </Panel>
          </>
        )}
      </Show>
    </>
  );
}

const Consumers = ({ of: { consumers } }: { readonly of: CataloguedEvent }) =>
  consumers.length === 0 ? (
    <span class="muted">no step</span>
  ) : (
    consumers.map(({ flow, step }, i) => (
      <span key={flow + step}>
        {i > 0 && ", "}
        <a href={`${pathOf("flows", flow)}?node=${encodeURIComponent(`step:${step}`)}`}>{`${flow} / ${step}`}</a>
      </span>
    ))
  );

export function EventView({ name }: { readonly name: string }) {
  const data = useData<EventPage>(`/api${pathOf("events", name)}`, anyChange);
  return (
    <Show data={data}>
      {({ event, decisions, schemas, latest }) => (
        <article>
          <header class="head">
            <h1>
              {event.name} <span class="muted">{`v${event.version}`}</span>
            </h1>
            <dl class="facts">
              <dt>published by</dt>
              <dd>
                <a href={pathOf("flows", event.flow)}>{event.flow}</a> {`(${event.producers.join(", ")})`}
              </dd>
              <dt>consumed by</dt>
              <dd>
                <Consumers of={event} />
              </dd>
              <dt>owner</dt>
              <dd>{event.owner}</dd>
            </dl>
          </header>
          <div class="columns">
            <Panel title="Last 50">{latest === null ? <p class="empty">{NO_ARCHIVE}</p> : <EventLines latest={latest} />}</Panel>
            <Panel title="Schema">
              <Schemas of={schemas} />
            </Panel>
            {decisions.length > 0 && (
              <Panel title="Decisions that name it">
                <DecisionLines decisions={decisions} />
              </Panel>
            )}
          </div>
        </article>
      )}
    </Show>
  );
}

/** The version that is published, and below it those that are still read. */
function Schemas({ of }: { readonly of: EventPage["schemas"] }) {
  if (of === null) return <p class="empty">The program records none.</p>;
  const older = Object.entries(of.schemas).filter(([version]) => version !== String(of.version));
  return (
    <>
      <Json value={of.schemas[of.version]} />
      {older.toReversed().map(([version, schema]) => (
        <details key={version}>
          <summary>{`version ${version}, lifted when it is read`}</summary>
          {schema === null ? <p class="empty">Without a schema.</p> : <Json value={schema} />}
        </details>
      ))}
    </>
  );
}

const callText = ({ calls }: PartyOverview): string =>
  calls === null
    ? "not available for a deployed stack: see its dashboard in CloudWatch"
    : calls.p50 === null || calls.p99 === null
      ? "none"
      : `half of them within ${duration(calls.p50)}, 99 % within ${duration(calls.p99)}, ${number(calls.failed)} failed`;

export function PartyView({ name }: { readonly name: string }) {
  const faults = useFaults();
  const data = useData<PartyOverview>(`/api${pathOf("third-parties", name)}`, anyChange);
  return (
    <Show data={data}>
      {(party) => (
        <article>
          <header class="head">
            <h1>{party.name}</h1>
            <dl class="facts">
              <dt>address</dt>
              <dd class="mono">{party.baseUrl}</dd>
              <dt>authentication</dt>
              <dd>{party.auth}</dd>
              {party.breaker !== "none" && (
                <>
                  <dt>rate limit</dt>
                  <dd>{party.rateLimit || "none declared"}</dd>
                  <dt>circuit breaker</dt>
                  <dd>
                    <Breaker of={party} />
                    {party.failures > 0 && `, ${party.failures} failure${party.failures === 1 ? "" : "s"} in a row`}
                  </dd>
                  <dt>calls of the last hour</dt>
                  <dd>{callText(party)}</dd>
                  <dt>in the sandbox</dt>
                  <dd class="fault">
                    <FaultSwitch party={name} faults={faults} />
                  </dd>
                </>
              )}
              <dt>dead letters</dt>
              <dd>
                <a href="/dead-letters">by cause</a>
              </dd>
              <dt>used by</dt>
              <dd>
                {party.users.map((user, i) => {
                  const [flow = "", step = ""] = user.split(" / ");
                  return (
                    <span key={user}>
                      {i > 0 && ", "}
                      <a href={`${pathOf("flows", flow)}?node=${encodeURIComponent(`step:${step}`)}`}>{user}</a>
                    </span>
                  );
                })}
              </dd>
            </dl>
          </header>
          <HoldControl target={{ thirdParty: party.name }} />
        </article>
      )}
    </Show>
  );
}
