import type { PartyOverview } from "../../shared/api.ts";
import type { Catalogue, CataloguedEvent, EventPage } from "../../shared/catalogue.ts";
import { anyChange, useData } from "../data.ts";
import { HoldControl } from "../holds.tsx";
import { pathOf, query, setQuery } from "../router.ts";
import { Ago, Cut, Json, Panel, Show, Status } from "../ui.tsx";

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
          placeholder="an event, a flow, a third party, an owner"
          value={text}
          onInput={(event) => setQuery({ q: event.currentTarget.value }, { replace: true })}
        />
      </search>
      <Show data={data}>
        {({ flows, events, parties }) => (
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
      {({ event, schema, latest }) => (
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
            <Panel title="Last 50">
              {latest === null ? (
                <p class="empty">Not available for a deployed stack: the archive of its bus is not read.</p>
              ) : latest.length === 0 ? (
                <p class="empty">None has been published yet.</p>
              ) : (
                <ul class="lines">
                  {latest.map(({ place, requestId, at }) => (
                    <li key={place}>
                      <a class="mono" href={`${pathOf("requests", requestId)}?event=${place}`}>
                        <Cut text={requestId} />
                      </a>
                      <span class="muted right">
                        <Ago at={at} />
                      </span>
                    </li>
                  ))}
                </ul>
              )}
            </Panel>
            <Panel title="Schema">
              {schema === null ? (
                <p class="empty">
                  The catalogue in docs/catalogue has it: the deployment records the schemas of first events only.
                </p>
              ) : (
                <Json value={schema} />
              )}
            </Panel>
          </div>
        </article>
      )}
    </Show>
  );
}

export function PartyView({ name }: { readonly name: string }) {
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
                    <Status of={party.breaker} />
                    {party.failures > 0 && `, ${party.failures} failure${party.failures === 1 ? "" : "s"} in a row`}
                    {party.openUntil !== "" && <span class="muted">{`, next call ${party.openUntil.slice(11, 19)} UTC`}</span>}
                  </dd>
                </>
              )}
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
          <Panel title="Its failures">
            <a href="/dead-letters">Open dead letters by cause</a>
          </Panel>
        </article>
      )}
    </Show>
  );
}
