import type { ComponentChildren } from "preact";
import { Ago, Panel } from "./ui.tsx";

/** A decision on many, as far as it has come. */
interface Item {
  readonly id: string;
  readonly verb: string;
  /** Such as the reason. */
  readonly what: string;
  readonly progress: string;
  /** While it runs, where it is known how many there are. */
  readonly bar?: { readonly value: number; readonly max: number };
  readonly refusals: readonly { readonly id: string; readonly to: string; readonly refused: string }[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly action?: ComponentChildren;
}

/** Decisions on many, each with its progress and each refusal with what was refused. */
export const ProgressList = ({
  title,
  items,
  more,
  onMore,
}: {
  readonly title: string;
  readonly items: readonly Item[];
  /** How many are not shown. */
  readonly more: number;
  readonly onMore: () => void;
}) => (
  <Panel title={title}>
    <ul class="lines" aria-live="polite">
      {items.map(({ id, verb, what, progress, bar, refusals, startedAt, action }) => (
        <li key={id} class="wrap">
          <b>{verb}</b>
          <span title={id}>{what}</span>
          <span>{progress}</span>
          {bar && <progress {...bar} aria-label={progress} />}
          {refusals.length > 0 && (
            <details>
              <summary>refusals</summary>
              {refusals.map((one) => (
                <p key={one.id}>
                  <a href={one.to}>{one.id}</a>: {one.refused}
                </p>
              ))}
            </details>
          )}
          <span class="muted right">
            <Ago at={startedAt} />
          </span>
          {action}
        </li>
      ))}
    </ul>
    {more > 0 && (
      <button type="button" class="quiet" onClick={onMore}>
        {`show ${more} earlier`}
      </button>
    )}
  </Panel>
);
