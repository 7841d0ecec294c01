import type { Change, IndexState } from "../shared/api.ts";
import { type DeadLetterIndex, deadLetterIndex } from "./dead-letter-index.ts";
import { personalFields } from "./declared.ts";
import { type EventIndex, eventIndex } from "./event-index.ts";
import type { Json, ShownHub } from "./hub-port.ts";
import { openIndexDatabase } from "./index-database.ts";
import {
  deadLetterIdOf,
  deadLetterRowOf,
  INDEXED_SORT_KEYS,
  isDeadLetter,
  isRead,
  isSummary,
  requestIdOf,
  requestRowOf,
} from "./indexed.ts";
import { type RequestIndex, requestIndex } from "./request-index.ts";
import { itemOf, stateTable } from "./state-table.ts";

/** Writes of this time are taken over together, and open pages are notified once. */
const FLUSH_MS = 200;
/** Events that are indexed at once; calls of the API run in between. */
const EVENTS_AT_ONCE = 500;
/** More changed requests than this are not worth a list. */
const LISTED = 100;

/** The index, kept up to date with what the hub writes. */
export interface Feed {
  readonly requests: RequestIndex;
  readonly deadLetters: DeadLetterIndex;
  readonly events: EventIndex;
  /** Takes over what is written and not yet indexed. Call it before a read that must be current. */
  flush(): Promise<void>;
  state(): IndexState;
  /** Calls back after changes, at most every 200 ms. @returns a function that removes the listener */
  onChange(listener: (change: Change) => void): () => void;
  /** Ends what reads the state table, which may stop from now on. What is written until `close` is still taken over. */
  stopReading(): Promise<void>;
  /** Call it after the last write. */
  close(): Promise<void>;
}

/**
 * Opens the index in `file` and feeds it with the hub's writes. Where it is new, or the process ended before `close`, the state table is
 * read once in the background, page by page.
 * @param onProblem called when an item can't be indexed; the others are
 */
export function openFeed(file: string, hub: ShownHub, onProblem: (message: string) => void): Feed {
  const database = openIndexDatabase(file);
  const [requests, deadLetters, events] = [requestIndex(database), deadLetterIndex(database), eventIndex(database)];
  const table = stateTable(hub);
  const listeners = new Set<(change: Change) => void>();
  /** The last write of each item by its key, in DynamoDB's form; `undefined` has to be read. */
  const pending = new Map<string, { readonly item: Json | undefined; readonly key: Json }>();
  let hasEvents = true;
  /** Something was written that pages read elsewhere. */
  let hasOthers = false;
  let rebuilding = !database.complete;
  let closing = false;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();

  const schedule = () => {
    timer ??= setTimeout(() => void flush(), FLUSH_MS).unref();
  };
  const stops = [
    hub.onWrite((name, item, key) => {
      const { pk, sk } = (item ?? key ?? {}) as Record<string, { readonly S?: string } | undefined>;
      if (name !== hub.table || !pk?.S || !sk?.S) return;
      const place = { pk: pk.S, sk: sk.S };
      if (isSummary(place) || isDeadLetter(place)) pending.set(place.pk, { item, key: place });
      else if (isRead(place)) hasOthers = true;
      else return;
      schedule();
    }),
    hub.onEvent(() => {
      hasEvents = true;
      schedule();
    }),
  ];

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    flushing = flushing.then(take, take);
    return flushing;
  }

  async function take(): Promise<void> {
    const writes = [...pending.values()];
    pending.clear();
    const others = hasOthers;
    hasOthers = false;
    const changed = new Set<string>();
    let touchesDeadLetters = false;
    const items = await Promise.all(
      writes.map(async ({ item, key }) => {
        const place = { pk: String(key.pk), sk: String(key.sk) };
        return { place, item: item === undefined ? await table.get(place) : itemOf(item) };
      }),
    );
    database.transaction(() => {
      for (const { place, item } of items) {
        safely(place.pk, () => changed.add(put(place, item)));
        touchesDeadLetters ||= isDeadLetter(place);
      }
    });
    while (hasEvents) {
      hasEvents = false;
      const personal = personalFields(hub);
      const found = hub.eventsAfter(events.place(), EVENTS_AT_ONCE);
      database.transaction(() => {
        for (const event of found) safely(`event ${event.place}`, () => changed.add(events.put(event, personal)));
      });
      if (found.length < EVENTS_AT_ONCE) break;
      hasEvents = true;
      await new Promise(setImmediate);
    }
    changed.delete("");
    if (changed.size === 0 && !touchesDeadLetters && !others) return;
    const change: Change = { requests: changed.size > LISTED ? null : [...changed], deadLetters: touchesDeadLetters };
    for (const listener of listeners) listener(change);
  }

  /** @returns id of the request that the item belongs to; empty where it has none */
  function put(place: { readonly pk: string; readonly sk: string }, item: ReturnType<typeof itemOf> | undefined): string {
    if (isSummary(place)) {
      if (item) requests.put(requestRowOf(item));
      else requests.remove(requestIdOf(place.pk));
      return requestIdOf(place.pk);
    }
    const row = item && deadLetterRowOf(item);
    if (row) {
      deadLetters.put(row);
      return row.requestId;
    }
    return deadLetters.remove(deadLetterIdOf(place.pk));
  }

  function safely(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      onProblem(`The console can't index ${what}: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }

  async function rebuild(): Promise<void> {
    for await (const items of table.scan(INDEXED_SORT_KEYS)) {
      if (closing) return;
      database.transaction(() => {
        for (const item of items) safely(item.pk, () => void put(item, item));
      });
    }
    rebuilding = false;
    for (const listener of listeners) listener({ requests: null, deadLetters: true });
  }

  schedule();
  const rebuilt = rebuilding
    ? rebuild().catch((error: unknown) => {
        if (!closing)
          onProblem(`The console can't read the state table: ${error instanceof Error ? error.message : String(error)}.`);
      })
    : Promise.resolve();

  return {
    requests,
    deadLetters,
    events,
    flush,
    state: () => ({ rebuilding, requests: requests.count() }),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stopReading() {
      closing = true;
      await rebuilt;
    },
    async close() {
      for (const stop of stops) stop();
      const complete = await flush().then(
        () => !rebuilding,
        () => false,
      );
      database.close(complete);
    },
  };
}
