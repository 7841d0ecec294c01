import { useState } from "preact/hooks";
import type { DeadLetterDetail } from "../shared/api.ts";
import { post } from "./data.ts";
import { useKeys } from "./keys.ts";
import { pathOf } from "./router.ts";
import { clock } from "./text.ts";
import { Ask, AskWhy, Json, Panel } from "./ui.tsx";

/** The payload that a redrive sends, with what an operator changed of it, and the button to change it. */
export function Payload({ deadLetter, onDone }: { readonly deadLetter: DeadLetterDetail; readonly onDone: () => void }) {
  const { id, state, revision, message, edited } = deadLetter;
  const [text, setText] = useState<string>();
  const [isOpen, setOpen] = useState(false);
  const original = (message as { readonly detail?: { readonly data?: unknown } } | null)?.detail?.data;
  const may = state === "open" && original !== undefined;
  useKeys(may ? { e: ["edit the payload", () => setOpen(true)] } : {});
  const close = () => {
    setOpen(false);
    setText(undefined);
  };
  return (
    <Panel
      title={edited ? "Payload as edited" : "Payload"}
      aside={
        may && (
          <button type="button" onClick={() => setOpen(true)}>
            Edit…
          </button>
        )
      }
    >
      {edited && (
        <p class="muted">{`${edited.by}, ${clock(edited.at)}: ${edited.why} – marked: what the original does not hold`}</p>
      )}
      <Json value={edited?.data ?? original} {...(edited && { against: original })} />
      {isOpen && text === undefined && (
        <Ask
          title="Edit the payload"
          label="JSON, whole; a masked value keeps what it stands for. The step checks it by the event's schema"
          action="Next: the reason"
          multiline
          initial={JSON.stringify(edited?.data ?? original, null, 2)}
          onClose={() => setOpen(false)}
          onDone={async (json) => {
            JSON.parse(json);
            setText(json);
          }}
        />
      )}
      {text !== undefined && (
        <AskWhy
          title="Why is the payload changed?"
          action="Keep the edit"
          onClose={close}
          onDone={async (reason) => {
            // The text itself, so that no digit of a large number is lost.
            await post(
              `/api${pathOf("dead-letters", id, "edit")}`,
              `{"data":${text},"revision":${JSON.stringify(revision)},"reason":${JSON.stringify(reason)}}`,
            );
            onDone();
          }}
        />
      )}
    </Panel>
  );
}
