import { useEffect } from "preact/hooks";
import type { DrawnEdge, PassedEvent, Payload } from "../shared/api.ts";
import { anyChange, deployedStack, useData } from "./data.ts";
import { edgeKey, edgeText } from "./graph.tsx";
import { useKeys } from "./keys.ts";
import { pathOf, query, setQuery } from "./router.ts";
import { Ago, Cut, Json, Panel, Show } from "./ui.tsx";

export const NO_ARCHIVE = "Not available for a deployed stack: the archive of its bus is not read.";

/** Key of the edge that is open, as the address has it. */
export const openEdge = (): string => query.value.get("edge") ?? "";
export const toggleEdge = (edge: DrawnEdge): void =>
  setQuery({ edge: edgeKey(edge) === openEdge() ? "" : edgeKey(edge), payload: "" });

/** The last events of the open edge; nothing where none is open. */
export function EdgePanel({ edges }: { readonly edges: readonly DrawnEdge[] }) {
  const edge = edges.find((one) => edgeKey(one) === openEdge());
  return edge ? <OpenEdge key={edgeKey(edge)} edge={edge} /> : null;
}

function OpenEdge({ edge }: { readonly edge: DrawnEdge }) {
  const { names, by, to } = edge.events;
  const close = () => setQuery({ edge: "", payload: "" });
  useKeys({ Escape: ["close the edge", close] });
  useEffect(() => document.querySelector("#edge")?.scrollIntoView({ block: "nearest" }), []);
  const parameters = new URLSearchParams(names.map((name) => ["name", name]));
  for (const [name, place] of Object.entries({ by, to })) if (place) parameters.set(name, `${place.flow}/${place.step}`);
  const data = useData<{ readonly latest: readonly PassedEvent[] }>(
    deployedStack === undefined ? `/api/passed-events?${parameters}` : undefined,
    anyChange,
  );
  const leadsToParty = edge.to.startsWith("party:");
  return (
    <Panel
      title={`Last 50 events from ${edgeText(edge)}`}
      id="edge"
      aside={
        <button type="button" class="quiet" onClick={close}>
          close <kbd>Esc</kbd>
        </button>
      }
    >
      {deployedStack !== undefined ? (
        <p class="empty">{NO_ARCHIVE}</p>
      ) : (
        <Show data={data}>
          {({ latest }) => (
            <>
              {leadsToParty && <p class="muted note">{`Events of the steps and endpoints that call it: ${names.join(", ")}.`}</p>}
              <EventLines latest={latest} named={names.length > 1} />
            </>
          )}
        </Show>
      )}
    </Panel>
  );
}

/** Events with their requests; each opens its payload. @param named whether each says its name */
export function EventLines({ latest, named = false }: { readonly latest: readonly PassedEvent[]; readonly named?: boolean }) {
  if (latest.length === 0) return <p class="empty">None has been published yet.</p>;
  const open = Number(query.value.get("payload") ?? 0);
  return (
    <ul class="lines events">
      {latest.map(({ place, name, requestId, at }) => (
        <li key={place} class={place === open ? "wrap open" : "wrap"}>
          <button
            type="button"
            class="quiet"
            aria-expanded={place === open}
            aria-label={`data of ${name} of request ${requestId}`}
            onClick={() => setQuery({ payload: place === open ? "" : String(place) }, { replace: true })}
          >
            {place === open ? "▾ data" : "▸ data"}
          </button>
          {named && <span>{name}</span>}
          <a class="mono" href={`${pathOf("requests", requestId)}?event=${place}`}>
            <Cut text={requestId} />
          </a>
          <span class="muted right">
            <Ago at={at} />
          </span>
          {place === open && <Data place={place} />}
        </li>
      ))}
    </ul>
  );
}

function Data({ place }: { readonly place: number }) {
  const data = useData<Payload>(`/api/payloads/${place}`);
  return (
    <div class="data">
      <Show data={data}>{(payload) => <Json value={payload.data} />}</Show>
    </div>
  );
}
