import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

/** By key, or two keys such as `g h`: what it does, and the function. */
export type Keys = Readonly<Record<string, readonly [what: string, run: () => void]>>;

/** Keys of the components that are shown, the innermost last. */
export const shownKeys = signal<readonly Keys[]>([]);
const PAIR_MS = 1_200;

/** Binds keys while the component is shown: as soon as it is drawn, so that the next key finds what the last one changed. */
export function useKeys(keys: Keys): void {
  useLayoutEffect(() => {
    shownKeys.value = [...shownKeys.value, keys];
    return () => {
      shownKeys.value = shownKeys.value.filter((one) => one !== keys);
    };
  });
}

/** Keys go to the page unless text is being typed or a dialog is open. */
export function followKeys(): void {
  let before = "";
  let at = 0;
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && (target as HTMLInputElement).type !== "checkbox";
    if (event.key === "Escape" && isTyping) return target.blur();
    const palette = (event.ctrlKey || event.metaKey) && event.key === "k";
    if (!palette && (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")))
      return;
    const isControl = /^(BUTTON|A|SUMMARY)$/.test(target.tagName) || target.getAttribute("role") === "button";
    if (event.key === "Enter" && isControl) return;
    const pair = `${before} ${event.key}`;
    const key = palette ? "Ctrl k" : event.timeStamp - at < PAIR_MS && find(pair) ? pair : event.key;
    [before, at] = [event.key, event.timeStamp];
    const found = find(key);
    if (!found) return;
    event.preventDefault();
    before = "";
    found[1]();
  });
}

const find = (key: string) => shownKeys.value.findLast((keys) => Object.hasOwn(keys, key))?.[key];
