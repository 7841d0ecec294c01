import { useState } from "preact/hooks";
import type { DeadLetterGroup, Sparks } from "../shared/api.ts";
import { post } from "./data.ts";
import { pathOf, query, setQuery } from "./router.ts";
import { Spark } from "./spark.tsx";
import { clock, number, remaining } from "./text.ts";
import { Ago, Ask, Cut, Panel } from "./ui.tsx";

type Asked = { readonly group: DeadLetterGroup; readonly what: "note" | "owner" };

/** Dead letters by cause, each group with note and owner. */
export function Groups({
  groups,
  sparks,
  reload,
}: {
  readonly groups: readonly DeadLetterGroup[];
  readonly sparks: Sparks | null;
  readonly reload: () => void;
}) {
  const [asked, setAsked] = useState<Asked>();
  return (
    <Panel
      title="By cause"
      aside={
        <span class="muted">
          {`${groups.length} cause${groups.length === 1 ? "" : "s"}${sparks ? "" : "; without spark lines, for which all dead letters, 1,000 at most, must be listed"}`}
        </span>
      }
    >
      <ul class="groups">
        {groups.map((group) => (
          <Group key={group.id} group={group} sparks={sparks} ask={(what) => setAsked({ group, what })} />
        ))}
      </ul>
      {asked && (
        <Ask
          title={asked.what === "note" ? "What is known of this cause" : "Who takes care of this cause"}
          label={asked.what === "note" ? "Note (empty: none)" : "Owner (empty: none)"}
          action="Keep"
          initial={asked.group.noted?.[asked.what] ?? ""}
          onClose={() => setAsked(undefined)}
          onDone={async (text) => {
            await post(`/api${pathOf("dead-letter-groups", asked.group.id)}`, { [asked.what]: text });
            setAsked(undefined);
            reload();
          }}
        />
      )}
    </Panel>
  );
}

function Group({
  group,
  sparks,
  ask,
}: {
  readonly group: DeadLetterGroup;
  readonly sparks: Sparks | null;
  readonly ask: (what: Asked["what"]) => void;
}) {
  const { id, flow, step, errorCode, thirdParty, pattern, count, firstAt, at, noted } = group;
  const isChosen = query.value.get("cause") === id;
  return (
    <li>
      <button type="button" aria-pressed={isChosen} onClick={() => setQuery({ cause: isChosen ? "" : id, offset: "" })}>
        <b>{number(count)}</b>
        <span class="what">
          <span>
            <code>{errorCode}</code> in {flow} / {step || "?"}
            {thirdParty !== "" && ` at ${thirdParty}`}
          </span>
          <Cut text={pattern} />
        </span>
        {sparks && <Spark sparks={sparks} group={id} />}
        <span class="muted">
          first <Ago at={firstAt} />, last <Ago at={at} />
          <br />
          {remaining(firstAt)}
        </span>
      </button>
      <p class="actions">
        {noted && (
          <span class="muted" title={`${noted.by}, ${clock(noted.at)}`}>
            {[noted.owner && `Owner: ${noted.owner}`, noted.note].filter(Boolean).join(". ")}
          </span>
        )}
        <button type="button" class="quiet" onClick={() => ask("note")}>
          Note…
        </button>
        <button type="button" class="quiet" onClick={() => ask("owner")}>
          Owner…
        </button>
      </p>
    </li>
  );
}
