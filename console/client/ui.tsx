import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Loaded } from "./data.ts";
import { ago, clock, GLYPHS, healthOf } from "./text.ts";

/** @param text @default the status itself */
export const Status = ({ of, text = of }: { readonly of: string; readonly text?: string }) => {
  const health = healthOf(of);
  return (
    <span class={`status ${health}`}>
      <span aria-hidden="true">{GLYPHS[health]}</span> {text}
    </span>
  );
};

export const Ago = ({ at }: { readonly at: string }) =>
  at === "" ? (
    <span>–</span>
  ) : (
    <time dateTime={at} title={clock(at)}>
      {ago(at)}
    </time>
  );

/** What a view shows until its data is there, or why it is not. */
export function Show<T>({ data, children }: { readonly data: Loaded<T>; readonly children: (value: T) => ComponentChildren }) {
  if (data.value !== undefined)
    return (
      <>
        {data.error !== undefined && <Notice>{data.error}</Notice>}
        {children(data.value)}
      </>
    );
  return data.error === undefined ? <div class="skeleton" aria-busy="true" /> : <Notice>{data.error}</Notice>;
}

export const Notice = ({
  children,
  kind = "bad",
}: {
  readonly children: ComponentChildren;
  readonly kind?: "bad" | "wait" | "good";
}) => (
  <div class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
    {children}
  </div>
);

export const Panel = ({
  title,
  aside,
  children,
  id,
}: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly id?: string;
}) => (
  <section class="panel" id={id}>
    <header>
      <h2>{title}</h2>
      {aside !== undefined && <div class="aside">{aside}</div>}
    </header>
    {children}
  </section>
);

export function Copy({ text, label = "Copy" }: { readonly text: string; readonly label?: string }) {
  const [done, setDone] = useState(false);
  return (
    <button
      type="button"
      class="quiet"
      title={`${label}: ${text.slice(0, 200)}`}
      onClick={() =>
        void navigator.clipboard.writeText(text).then(() => {
          setDone(true);
          setTimeout(() => setDone(false), 1_500);
        })
      }
    >
      {done ? "copied" : label}
    </button>
  );
}

/** JSON as text; values are text nodes, whatever they hold. */
export function Json({ value, against }: { readonly value: unknown; readonly against?: unknown }) {
  const known = new Set(lines(against));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <pre class="json" tabIndex={0}>
      {lines(value).map((line, i) => {
        const [, indent = "", name = "", rest = ""] = /^(\s*)("(?:[^"\\]|\\.)*":)?(.*)$/s.exec(line) ?? [];
        const isNew =
          against !== undefined &&
          /[\w"]/.test(line) &&
          !known.has(line.replace(/,$/, "")) &&
          !known.has(`${line},`) &&
          !known.has(line);
        return (
          <span key={i} class={isNew ? "line new" : "line"}>
            {indent}
            {name !== "" && <span class="name">{name}</span>}
            {rest}
            {"\n"}
          </span>
        );
      })}
    </pre>
  );
}
const lines = (value: unknown): readonly string[] =>
  value === undefined ? [] : (JSON.stringify(value, null, 2) ?? "").split("\n");

/** Asks for the reason of a change, which others find later. */
export const AskWhy = ({
  label = "Reason (kept in the audit trail)",
  onDone,
  ...rest
}: Omit<Parameters<typeof Ask>[0], "label" | "multiline" | "initial"> & { readonly label?: string }) => (
  <Ask
    {...rest}
    label={label}
    onDone={async (reason) => {
      if (reason.trim() === "") throw new Error("Give a reason: it is what others find later.");
      await onDone(reason);
    }}
  />
);

/** A question with a text to fill in. */
export function Ask({
  title,
  label,
  action,
  multiline = false,
  initial = "",
  children,
  onClose,
  onDone,
}: {
  readonly title: string;
  readonly label: string;
  readonly action: string;
  readonly multiline?: boolean;
  readonly initial?: string;
  /** Fields above the text. */
  readonly children?: ComponentChildren;
  readonly onClose: () => void;
  /** @throws Error with what is wrong, which is shown */
  readonly onDone: (text: string) => Promise<void>;
}) {
  const [text, setText] = useState(initial);
  const [error, setError] = useState("");
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    onDone(text).then(onClose, (problem: unknown) => setError((problem as Error).message));
  };
  const onInput = (event: Event) => setText((event.target as HTMLInputElement).value);
  return (
    <dialog ref={dialog} onClose={onClose}>
      <form onSubmit={submit}>
        <h2>{title}</h2>
        {children}
        <label for="asked">{label}</label>
        {multiline ? (
          <textarea id="asked" rows={8} value={text} onInput={onInput} spellcheck={false} />
        ) : (
          <input id="asked" value={text} onInput={onInput} maxLength={500} />
        )}
        {error !== "" && <Notice>{error}</Notice>}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary">
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Text from elsewhere may be long: shown in one line, whole on hover. */
export const Cut = ({ text, mono = false }: { readonly text: string; readonly mono?: boolean }) => (
  <span class={mono ? "cut mono" : "cut"} title={text}>
    {text}
  </span>
);
