import { useState } from "preact/hooks";
import type { DeadLetterDetail, Decision } from "../../shared/api.ts";
import { post, useData } from "../data.ts";
import { Decisions } from "../decisions.tsx";
import { Payload } from "../edit.tsx";
import { useKeys } from "../keys.ts";
import { go, pathOf } from "../router.ts";
import { clock, remaining } from "../text.ts";
import { Ago, Ask, Copy, Json, Notice, Panel, Show, Status } from "../ui.tsx";
import { listedDeadLetters } from "./dead-letters.tsx";

export function DeadLetterPage({ id }: { readonly id: string }) {
  const data = useData<DeadLetterDetail>(`/api${pathOf("dead-letters", id)}`, ({ deadLetters }) => deadLetters);
  return <Show data={data}>{(deadLetter) => <Loaded deadLetter={deadLetter} reload={data.reload} />}</Show>;
}

function Loaded({ deadLetter, reload }: { readonly deadLetter: DeadLetterDetail; readonly reload: () => void }) {
  const { id, state, flow, step, requestId, correlationId, errorCode, errorMessage, event, shape, attempts, times, at, firstAt } =
    deadLetter;
  const { autoRedrives, redriveAt, closedAt, closedBy, reason, calls, completion, message } = deadLetter;
  const neighbour = (by: number) => {
    const list = listedDeadLetters.value;
    const next = list.includes(id) ? list[list.indexOf(id) + by] : undefined;
    if (next !== undefined) go(pathOf("dead-letters", next));
  };
  useKeys({
    "[": ["previous of the list", () => neighbour(-1)],
    "]": ["next of the list", () => neighbour(1)],
    Escape: ["back", () => history.back()],
  });
  const named = Object.keys(calls);
  return (
    <article>
      <header class="head">
        <h1>
          <Status of={state} /> {`${flow} / ${step || "?"}`}
        </h1>
        <p class="reason">
          <code>{errorCode}</code> {errorMessage}
        </p>
        <dl class="facts">
          <dt>dead letter</dt>
          <dd class="mono">
            {id} <Copy text={id} />
          </dd>
          {requestId !== "" && (
            <>
              <dt>request</dt>
              <dd class="mono">
                <a href={pathOf("requests", requestId)}>{requestId}</a>
              </dd>
              <dt>correlation id</dt>
              <dd class="mono">
                <a href={`/requests?q=correlation:${encodeURIComponent(correlationId)}`}>{correlationId}</a>
              </dd>
            </>
          )}
          <dt>failed</dt>
          <dd>
            {`${times} time${times === 1 ? "" : "s"}, ${attempts} attempt${attempts === 1 ? "" : "s"}`}, first {clock(firstAt)},
            last <Ago at={at} />
            {state === "open" && `; ${remaining(firstAt)}`}
          </dd>
          <dt>came by</dt>
          <dd>{shape}</dd>
          {redriveAt !== null && (
            <>
              <dt>next automatic redrive</dt>
              <dd>{`${clock(redriveAt)} (after ${autoRedrives})`}</dd>
            </>
          )}
          {closedAt !== null && (
            <>
              <dt>{`${state} by`}</dt>
              <dd>
                {closedBy} {clock(closedAt)} {reason !== null && `: ${reason}`}
              </dd>
            </>
          )}
          {completion !== null && (
            <>
              <dt>answers given by</dt>
              <dd>{`${completion.by}, ${clock(completion.at)}`}</dd>
            </>
          )}
        </dl>
      </header>
      {state === "open" && <Decisions deadLetters={[deadLetter]} onDone={reload} />}
      {named.length > 0 && (
        <Panel
          title="Calls that may have taken effect"
          aside={state === "open" && <Complete id={id} calls={named} onDone={reload} />}
        >
          <Json value={calls} />
        </Panel>
      )}
      <Payload deadLetter={deadLetter} onDone={reload} />
      <Panel title="Message" aside={<span class="muted">{event ?? ""}</span>}>
        <Json value={message} />
      </Panel>
    </article>
  );
}

/** Supplies the answers that the third party gave and the hub could not read. */
function Complete({
  id,
  calls,
  onDone,
}: {
  readonly id: string;
  readonly calls: readonly string[];
  readonly onDone: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const [refused, setRefused] = useState("");
  const answers = Object.fromEntries(calls.map((call) => [call, {}]));
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Complete with answers…
      </button>
      {refused !== "" && <Notice>{refused}</Notice>}
      {isOpen && (
        <Ask
          title="Complete with the third party's answers"
          label="JSON: an answer for each call"
          action="Complete"
          multiline
          initial={JSON.stringify(answers, null, 2)}
          onClose={() => setOpen(false)}
          onDone={async (text) => {
            JSON.parse(text);
            // The text itself, so that no digit of a large number is lost.
            const { results } = await post<{ readonly results: readonly Decision[] }>(
              `/api${pathOf("dead-letters", id, "complete")}`,
              `{"answers":${text}}`,
            );
            setRefused(results[0]?.refused ?? "");
            onDone();
          }}
        />
      )}
    </>
  );
}
