import { useState } from "preact/hooks";
import type { DeadLetterRow, Decision } from "../shared/api.ts";
import { post } from "./data.ts";
import { useKeys } from "./keys.ts";
import { number } from "./text.ts";
import { AskWhy, Notice } from "./ui.tsx";

/** Most dead letters that one call of the ops API decides on. */
const BATCH = 100;

interface Progress {
  readonly done: number;
  readonly total: number;
  readonly refused: readonly Decision[];
  readonly error?: string;
}

/** Decides on dead letters in calls of 100 with progress. Each refusal is named. */
async function decideAll(
  what: "redrive" | "discard",
  ids: readonly string[],
  more: object,
  onProgress: (progress: Progress) => void,
): Promise<Progress> {
  const refused: Decision[] = [];
  let progress: Progress = { done: 0, total: ids.length, refused };
  onProgress(progress);
  for (let from = 0; from < ids.length && progress.error === undefined; from += BATCH) {
    const part = ids.slice(from, from + BATCH);
    try {
      const { results } = await post<{ readonly results: readonly Decision[] }>(`/api/dead-letters/${what}`, {
        ids: part,
        ...more,
      });
      refused.push(...results.filter((result) => result.refused !== undefined));
      progress = { ...progress, done: progress.done + part.length, refused: [...refused] };
    } catch (error) {
      progress = { ...progress, refused: [...refused], error: (error as Error).message };
    }
    onProgress(progress);
  }
  return progress;
}

/** What an operator did with dead letters. */
export interface Done {
  readonly what: "redrive" | "discard";
  /** Such as the reason. */
  readonly more: { readonly reason?: string };
  readonly outcome: Progress;
}

/** Does with one more dead letter what was done last. */
export function Repeat({
  done: { what, more },
  next,
  onDone,
}: {
  readonly done: Done;
  readonly next: DeadLetterRow;
  readonly onDone: (done: Done) => void;
}) {
  const [isBusy, setBusy] = useState(false);
  const run = async () => {
    if (isBusy) return;
    setBusy(true);
    const outcome = await decideAll(what, [next.id], more, () => {});
    setBusy(false);
    onDone({ what, more, outcome });
  };
  const text = `${what} ${next.flow} / ${next.step || "?"} of ${next.requestId || next.id} as well${more.reason === undefined ? "" : `: ${more.reason}`}`;
  useKeys({ ".": [text, () => void run()] });
  return (
    <div class="decisions noprint">
      <button type="button" disabled={isBusy} onClick={() => void run()}>
        {text} <kbd>.</kbd>
      </button>
    </div>
  );
}

/** Buttons to redrive or discard dead letters, for those that are given or for what `ids` finds. */
export function Decisions({
  deadLetters,
  ids = async () => deadLetters.map(({ id }) => id),
  count = deadLetters.length,
  onDone,
}: {
  readonly deadLetters: readonly DeadLetterRow[];
  readonly ids?: () => Promise<readonly string[]>;
  readonly count?: number;
  readonly onDone: (done: Done) => void;
}) {
  const [progress, setProgress] = useState<Progress>();
  const [asks, setAsks] = useState<"redrive" | "discard">();
  const what = count === 1 ? "dead letter" : `${number(count)} dead letters`;
  const run = async (action: Done["what"], more: Done["more"]) => {
    setAsks(undefined);
    onDone({ what: action, more, outcome: await decideAll(action, await ids(), more, setProgress) });
  };
  const redrive = () => (count > 1 ? setAsks("redrive") : void run("redrive", {}));
  useKeys({ r: [`redrive ${what}`, redrive] });
  return (
    <div class="decisions noprint">
      {count > 0 && (
        <div class="actions">
          <button type="button" class="primary" onClick={redrive}>{`Redrive ${what}`}</button>
          <button type="button" class="danger" onClick={() => setAsks("discard")}>{`Discard ${what}…`}</button>
        </div>
      )}
      {progress && <Outcome progress={progress} />}
      {asks === "discard" && (
        <AskWhy
          title={`Discard ${what}`}
          label="Reason (kept with the dead letter)"
          action="Discard for good"
          onClose={() => setAsks(undefined)}
          onDone={async (reason) => {
            await run("discard", { reason });
          }}
        />
      )}
      {asks === "redrive" && (
        <Confirm
          text={`Send ${what} back to their steps?`}
          onClose={() => setAsks(undefined)}
          onYes={() => void run("redrive", {})}
        />
      )}
    </div>
  );
}

const Confirm = ({
  text,
  onClose,
  onYes,
}: {
  readonly text: string;
  readonly onClose: () => void;
  readonly onYes: () => void;
}) => (
  <div class="notice wait" role="alertdialog" aria-label={text}>
    {text}{" "}
    <button type="button" class="primary" onClick={onYes}>
      Redrive
    </button>{" "}
    <button type="button" onClick={onClose}>
      Cancel
    </button>
  </div>
);

export function Outcome({ progress: { done, total, refused, error } }: { readonly progress: Progress }) {
  const isOver = done === total || error !== undefined;
  return (
    <div aria-live="polite">
      {!isOver && <progress value={done} max={total} />}
      {isOver && (
        <Notice kind={refused.length > 0 || error !== undefined ? "wait" : "good"}>
          {`${number(done - refused.length)} of ${number(total)} done${refused.length > 0 ? `, ${number(refused.length)} refused` : ""}.`}
          {error !== undefined && ` ${error}`}
          {refused.length > 0 && (
            <ul>
              {refused.slice(0, 100).map(({ id, refused: why }) => (
                <li key={id}>
                  <code>{id}</code> {why}
                </li>
              ))}
            </ul>
          )}
        </Notice>
      )}
    </div>
  );
}
