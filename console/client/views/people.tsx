import type { AuditEntry, AuditPage } from "../../../protocol/audit.ts";
import { OPS_ROUTES, partsOf } from "../../../protocol/routes.ts";
import { anyChange, useData } from "../data.ts";
import { pathOf, query, setQuery } from "../router.ts";
import { clock } from "../text.ts";
import { Ago, Panel, Show, Status } from "../ui.tsx";

const FILTERS = ["by", "verb", "from", "to"] as const;
/** What is recorded: reads are not. */
const VERBS = Object.entries(OPS_ROUTES)
  .filter(([, route]) => partsOf(route).method !== "GET")
  .map(([verb]) => verb)
  .sort();

/** Who changed what, and why. */
export function PeopleView() {
  const given = Object.fromEntries(FILTERS.map((name) => [name, query.value.get(name) ?? ""]));
  const { by = "", verb = "", from = "" } = given;
  const asked = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== ""));
  const data = useData<AuditPage>(`/api/audit?${asked}`, anyChange);
  return (
    <>
      <h1>People</h1>
      <Panel
        title="What operators did"
        aside={<span class="muted">{`the newest first${from === "" ? ", of seven days" : ""}`}</span>}
      >
        <div class="actions filters noprint">
          <label>
            Since
            <input
              type="date"
              title="A day in UTC, 31 days ago at most"
              value={from}
              onInput={(event) => setQuery({ from: event.currentTarget.value, to: "" })}
            />
          </label>
          <label>
            What
            <select value={verb} onChange={(event) => setQuery({ verb: event.currentTarget.value, to: "" })}>
              <option value="">all</option>
              {VERBS.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          {by !== "" && (
            <button type="button" class="quiet" onClick={() => setQuery({ by: "", to: "" })}>{`only ${by}: show all`}</button>
          )}
        </div>
        <Show data={data}>
          {({ entries, more, next }) => (
            <>
              {entries.length === 0 ? (
                <p class="empty">{`No operator has changed anything${by + verb + from === "" ? "" : " that matches"}.`}</p>
              ) : (
                <Entries entries={entries} />
              )}
              {more && next !== undefined && (
                <button type="button" onClick={() => setQuery({ to: next })}>
                  older
                </button>
              )}
            </>
          )}
        </Show>
      </Panel>
    </>
  );
}

const Entries = ({ entries }: { readonly entries: readonly AuditEntry[] }) => (
  <table>
    <thead>
      <tr>
        <th>when</th>
        <th>who</th>
        <th>did</th>
        <th>on</th>
        <th>why</th>
        <th>outcome</th>
      </tr>
    </thead>
    <tbody>
      {entries.map(({ id, at, by, role, subject, verb, about, why, state, outcome }) => (
        <tr key={id}>
          <td title={clock(at)}>
            <Ago at={at} />
          </td>
          <td title={role}>
            <button type="button" class="link" onClick={() => setQuery({ by, to: "" })}>
              {by}
            </button>
            {subject !== "" && <span class="muted">{` ${subject}`}</span>}
          </td>
          <td>{verb}</td>
          <td>
            <About about={about} />
          </td>
          <td>{why || "–"}</td>
          <td>
            <Status of={state} /> {state === "begun" ? "no outcome is recorded" : outcome}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** Ids of one request or dead letter are links. */
function About({ about }: { readonly about: AuditEntry["about"] }) {
  const id = String(about.id ?? (Array.isArray(about.ids) && about.ids.length === 1 ? about.ids[0] : ""));
  if (id !== "") return <a href={pathOf("dead-letters", id)}>{id}</a>;
  if (typeof about.requestId === "string") return <a href={pathOf("requests", about.requestId)}>{about.requestId}</a>;
  return Object.entries(about).map(([name, value]) => (
    <div key={name}>
      <span class="muted">{name}</span> {typeof value === "string" ? value : JSON.stringify(value)}
    </div>
  ));
}
