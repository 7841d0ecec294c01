import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Catalogue } from "../shared/catalogue.ts";
import { useData } from "./data.ts";
import { type Keys, shownKeys } from "./keys.ts";
import { go, pathOf } from "./router.ts";

/** What is open over the page. */
export const overlay = signal<"palette" | "help" | undefined>(undefined);

interface Item {
  readonly text: string;
  readonly hint: string;
  readonly run: () => void;
}

/** Keys that work now, each with what it does; the innermost wins. */
const currentKeys = (): Keys => Object.assign({}, ...shownKeys.value) as Keys;

function Dialog({
  name,
  label,
  children,
}: {
  readonly name: typeof overlay.value;
  readonly label: string;
  readonly children: preact.ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="overlay"
      aria-label={label}
      // The event comes later: another dialog may be open by then.
      onClose={() => {
        if (overlay.value === name) overlay.value = undefined;
      }}
    >
      {children}
    </dialog>
  );
}

/** Every page and every action by name. */
export function Palette() {
  const { value } = useData<Catalogue>("/api/catalogue");
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const items = itemsOf(value).filter((item) => item.text.toLowerCase().includes(text.toLowerCase().trim()));
  const search: Item = {
    text: `Search requests for “${text}”`,
    hint: "",
    run: () => go(`/requests?q=${encodeURIComponent(text)}`),
  };
  const shown = [...(text.trim() === "" ? [] : [search]), ...items].slice(0, 12);
  const choose = (item: Item | undefined) => {
    if (!item) return;
    overlay.value = undefined;
    item.run();
  };
  return (
    <Dialog name="palette" label="Commands">
      <input
        type="search"
        aria-label="Command"
        placeholder="a page, an action, an id"
        value={text}
        autofocus
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(shown.length - 1, at + 1));
          else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
          else if (event.key === "Enter") choose(shown[at]);
          else return;
          event.preventDefault();
        }}
      />
      <ul class="commands">
        {shown.map((item, i) => (
          <li key={item.text}>
            <button type="button" aria-current={i === at} tabIndex={-1} onClick={() => choose(item)}>
              <span>{item.text}</span>
              <kbd>{item.hint}</kbd>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

const page = (text: string, to: string, hint = ""): Item => ({ text, hint, run: () => go(to) });

const itemsOf = (catalogue: Catalogue | undefined): readonly Item[] => [
  ...Object.entries(currentKeys())
    .filter(([key]) => key !== "Ctrl k")
    .map(([key, [what, run]]): Item => ({ text: what, hint: key, run })),
  ...(catalogue?.flows ?? []).map(({ flow }) => page(`Flow ${flow}`, pathOf("flows", flow))),
  ...(catalogue?.events ?? []).map(({ name }) => page(`Event ${name}`, pathOf("events", name))),
  ...(catalogue?.parties ?? []).map(({ name }) => page(`Third party ${name}`, pathOf("third-parties", name))),
  ...(catalogue?.decisions ?? []).map(({ number, title }) => page(`Decision ${number}: ${title}`, pathOf("decisions", number))),
];

export const Help = () => (
  <Dialog name="help" label="Keys">
    <h2>Keys</h2>
    <dl class="keys">
      {Object.entries(currentKeys()).map(([key, [what]]) => (
        <div key={key}>
          <dt>
            {key.split(" ").map((one) => (
              <kbd key={one}>{one}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  </Dialog>
);
