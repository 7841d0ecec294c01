import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Change } from "../shared/api.ts";

const meta = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
const token = meta("console-token") ?? "";
/** Name of the deployed stack that is shown by its API; `undefined` for the hub on this machine, which shows more. */
export const deployedStack = meta("console-stack");
/** @returns the command line's call about the deployed stack */
export const hubCommand = (words: string): string => `npm run hub -- ${words} ${meta("console-options") ?? ""}`;

/** The hub's clock minus this machine's, ms: a hub may run faster. */
export const clockOffset = signal(0);
export const connected = signal(true);

const listeners = new Set<(change: Change) => void>();

/** @throws Error with the server's detail */
async function answerOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(text || `The console's server answered ${response.status}.`);
  }
  if (!response.ok) throw new Error((value as { detail?: string }).detail ?? text);
  const now = response.headers.get("x-hub-time");
  if (now !== null) clockOffset.value = Number(now) - Date.now();
  return value as T;
}

export const read = <T>(url: string, signal?: AbortSignal): Promise<T> =>
  fetch(url, signal ? { signal } : {}).then((response) => answerOf<T>(response));

/** Calls what changes something, with the page's token. */
export const post = <T>(url: string, body: unknown): Promise<T> =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-console-token": token },
    body: typeof body === "string" ? body : JSON.stringify(body),
  }).then((response) => answerOf<T>(response));

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: string | undefined;
  readonly reload: () => void;
}

/** Least time between two reads of the same data. */
const PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 20_000;
/** Times as long as a read took: the three that a busy hub's page makes again and again take 2 % of the time. */
const PAUSE_FACTOR = 150;

/** @returns ms to wait before the next read. @param began when the last one began, by `performance.now` */
export const pauseAfter = (began: number): number =>
  Math.min(LONGEST_PAUSE_MS, Math.max(PAUSE_MS, (performance.now() - began) * PAUSE_FACTOR));

/**
 * Reads `url`, and again after changes that concern it.
 * @param concerns whether a change concerns it. @default none does
 */
export function useData<T>(url: string | undefined, concerns: (change: Change) => boolean = () => false): Loaded<T> {
  const [state, setState] = useState<{ url?: string; value?: T; error?: string }>({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (url === undefined) return;
    const abort = new AbortController();
    let timer: number | undefined;
    let isBusy = false;
    let isStale = false;
    const load = async () => {
      isBusy = true;
      isStale = false;
      const began = performance.now();
      try {
        const value = await read<T>(url, abort.signal);
        setState({ url, value });
      } catch (error) {
        // What another address had is not shown as this one's.
        if (!abort.signal.aborted)
          setState((before) => ({ ...(before.url === url && before), url, error: (error as Error).message }));
      }
      timer = window.setTimeout(() => {
        isBusy = false;
        if (isStale) void load();
      }, pauseAfter(began));
    };
    const onChange = (change: Change) => {
      if (!concerns(change)) return;
      if (isBusy) isStale = true;
      else void load();
    };
    listeners.add(onChange);
    void load();
    return () => {
      abort.abort();
      clearTimeout(timer);
      listeners.delete(onChange);
    };
  }, [url, turn]);
  const isCurrent = state.url === url;
  return {
    value: isCurrent ? state.value : undefined,
    error: isCurrent ? state.error : undefined,
    reload: () => setTurn((n) => n + 1),
  };
}

/** Calls back for each change while the component is shown. */
export function useChanges(onChange: (change: Change) => void): void {
  useEffect(() => {
    listeners.add(onChange);
    return () => void listeners.delete(onChange);
  });
}

/** One stream a page; none while it is hidden. What was missed meanwhile is read again. */
export function followChanges(): void {
  let source: EventSource | undefined;
  let wasOpen = false;
  const everything: Change = { requests: null, deadLetters: true };
  const notify = (change: Change) => {
    for (const listener of [...listeners]) listener(change);
  };
  const open = () => {
    source = new EventSource("/api/stream");
    source.onopen = () => {
      connected.value = true;
      if (wasOpen) notify(everything);
      wasOpen = true;
    };
    source.onerror = () => {
      connected.value = false;
    };
    source.onmessage = ({ data }) => notify(JSON.parse(String(data)) as Change);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = undefined;
    } else if (!source) open();
  });
  open();
}

export const concernsRequest =
  (requestId: string) =>
  ({ requests }: Change): boolean =>
    requests === null || requests.includes(requestId);
export const anyChange = (): boolean => true;
