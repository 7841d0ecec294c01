import type { Item } from "../../ports.ts";

/** Summaries that one function keeps: those of the requests whose reports it may see next. */
const MOST = 200;
/** Takes without a kept summary after one that another function had changed. */
const PAUSE = 50;

/**
 * The summaries that this function wrote last, so that the next report of a request need not read its summary: the write is conditional on
 * `rev` anyway. Where several functions take the reports of a request, what is kept is often old, and a write that fails costs more than the
 * read that it saved: so one that fails makes the next takes read.
 */
export class RecentSummaries {
  readonly #items = new Map<string, Item>();
  #paused = 0;

  /** Takes the summary out. @returns `undefined` where it has to be read */
  take(requestId: string): Item | undefined {
    const item = this.#items.get(requestId);
    this.#items.delete(requestId);
    if (this.#paused === 0) return item;
    this.#paused -= 1;
    return undefined;
  }

  keep(requestId: string, item: Item): void {
    this.#items.delete(requestId);
    this.#items.set(requestId, item);
    const [oldest] = this.#items.keys();
    if (this.#items.size > MOST && oldest !== undefined) this.#items.delete(oldest);
  }

  /** A kept summary was not the current one. */
  wasOld(): void {
    this.#paused = PAUSE;
  }
}
