import { REDRIVE_WINDOW_SECONDS } from "../../../protocol/limits.ts";
import {
  dayBucket,
  deadLetterKey,
  duePosition,
  editKey,
  expiry,
  INDEXES,
  isMessage,
  messageKey,
  sweepKey,
} from "../../../protocol/table.ts";
import { contending } from "../../backoff.ts";
import { RetryableError } from "../../errors.ts";
import { CLOSED_LIFE_SECONDS } from "../../limits.ts";
import { type Attributes, compare, type Item, isNew, type Table } from "../../ports.ts";
import { bucketOf, type DeadLetter, DUE_BUCKETS, deadLetterFrom, dueKeysOf, OPEN_BUCKETS } from "./dead-letter.ts";
import { groupOf } from "./groups.ts";

const DAY_MS = 86_400_000;
/** UTF-16 units per piece, of at most 3 bytes each: below the 400 KB of an item. */
const PIECE = 100_000;
const TRIES = 10;
/** As long as an open one may wait, and a closed one is kept. */
const EDIT_LIFE_SECONDS = REDRIVE_WINDOW_SECONDS + CLOSED_LIFE_SECONDS;

/** Filters; all that are given must match. */
export interface DeadLetterFilter {
  readonly state?: DeadLetter["state"];
  readonly flow?: string;
  readonly step?: string;
  readonly requestId?: string;
  readonly correlationId?: string;
  readonly error?: string;
  /** Id of a group of one cause. */
  readonly group?: string;
  /** ISO 8601: recorded at this time or later; `to`: before this time. */
  readonly from?: string;
  readonly to?: string;
}

/** Records of dead letters, and their messages. */
export interface DeadLetterStore {
  get(id: string): Promise<DeadLetter | undefined>;
  /** @returns the message's body as it was dead-lettered */
  bodyOf(deadLetter: Pick<DeadLetter, "id" | "chunks">): Promise<string>;
  /** @returns the body to send back: as an operator edited it, or else the original */
  currentBodyOf(deadLetter: DeadLetter): Promise<string>;
  /** Stores an edited body beside the original. @param edit its id @returns the number of items that hold it */
  putEdit(id: string, edit: string, body: string, now: number): Promise<number>;
  /**
   * Writes the message and then the record.
   * @param change gets the current record; returns `undefined` to keep it
   * @returns the record afterwards
   * @throws RetryableError `DEAD_LETTER_CONTENDED`
   */
  record(id: string, body: string, change: (known: DeadLetter | undefined) => DeadLetter | undefined): Promise<DeadLetter>;
  /** @returns false when it has been written since `letter` was read */
  replace(deadLetter: DeadLetter, by: DeadLetter): Promise<boolean>;
  /**
   * Newest first; reads some thousands at most.
   * @returns `next`: where there may be more, the time before which they were recorded. Those of its last millisecond come again
   */
  find(
    filter: DeadLetterFilter,
    limit: number,
    now: number,
  ): Promise<{ readonly deadLetters: readonly DeadLetter[]; readonly next: string | undefined }>;
  /** @returns ids of open dead letters to look at, at most some `limit` */
  due(now: number, limit: number): Promise<readonly string[]>;
  countOpen(): Promise<number>;
  /** @returns when the oldest open one was recorded */
  oldest(): Promise<string | undefined>;
  /**
   * Adds records to the index of due ones that earlier versions wrote: looks through the next `limit` open ones, from where the call before
   * stopped.
   */
  adopt(limit: number): Promise<void>;
}

export function deadLetterStore(table: Table): DeadLetterStore {
  const write = (deadLetter: DeadLetter, before: DeadLetter | undefined) =>
    table.put(itemOf(deadLetter), before ? compare("version", "=", before.version) : isNew);
  /** Lets the message expire with its record. */
  const expire = async (deadLetter: DeadLetter) => {
    const { expiresAt } = itemOf(deadLetter);
    if (expiresAt === undefined) return;
    for (let i = 0; i < deadLetter.chunks; i += 1) await table.write(messageKey(deadLetter.id, i), { set: { expiresAt } });
  };
  const get = async (id: string) => {
    const item = await table.get(deadLetterKey(id));
    return item && deadLetterFrom(item);
  };

  const bodyOf = async ({ id, chunks }: Pick<DeadLetter, "id" | "chunks">) => {
    const items = await table.query(deadLetterKey(id).pk);
    const pieces = items.filter(isMessage).slice(0, chunks);
    return pieces.map(({ text }) => String(text)).join("");
  };

  return {
    get,
    bodyOf,

    async currentBodyOf(deadLetter) {
      const { id, edit } = deadLetter;
      if (!edit) return bodyOf(deadLetter);
      const pieces = Array.from({ length: edit.chunks }, (_, piece) => table.get(editKey(id, edit.id, piece)));
      return (await Promise.all(pieces)).map((item) => String(item?.text ?? "")).join("");
    },

    async putEdit(id, edit, body, now) {
      const pieces = piecesOf(body);
      for (const [piece, text] of pieces.entries())
        await table.put({ ...editKey(id, edit, piece), text, ...expiry(now, EDIT_LIFE_SECONDS) });
      return pieces.length;
    },

    async record(id, body, change) {
      const pieces = piecesOf(body);
      const putPieces = async (life: Partial<Item> = {}) => {
        for (const [i, text] of pieces.entries()) await table.put({ ...messageKey(id, i), text, ...life });
      };
      /** As `expire`, by PutItem: the recorder's role does not allow UpdateItem on these items. */
      const putExpiring = async (deadLetter: DeadLetter) => {
        const { expiresAt } = itemOf(deadLetter);
        if (expiresAt !== undefined) await putPieces({ expiresAt });
      };
      const isEdited = (await get(id))?.edit !== undefined;
      // What came is the edited message, which has a place of its own: the original stays.
      if (!isEdited) await putPieces();
      const recorded = await contending(TRIES, async () => {
        const before = await get(id);
        const after = change(before);
        if (!after) {
          if (before) {
            if (!isEdited) await putExpiring(before);
            return before;
          }
          throw new RangeError("a record that does not exist can't be kept");
        }
        const chunks = isEdited && before ? before.chunks : pieces.length;
        const deadLetter = { ...after, chunks, version: (before?.version ?? 0) + 1 };
        if (!(await write(deadLetter, before))) return undefined;
        if (!isEdited) await putExpiring(deadLetter);
        return deadLetter;
      });
      if (recorded) return recorded;
      throw new RetryableError(
        "DEAD_LETTER_CONTENDED",
        `other functions wrote the record ${id} ${TRIES} times in a row. It is tried again.`,
      );
    },

    async replace(deadLetter, by) {
      const done = await write({ ...by, version: deadLetter.version + 1 }, deadLetter);
      if (done) await expire(by);
      return done;
    },

    async find(filter, limit, now) {
      const streams = [
        ...(filter.state === undefined || filter.state === "open" ? OPEN_BUCKETS.map((bucket) => [bucket]) : []),
        ...(filter.state === "open" ? [] : [daysOf(filter, now)]),
      ].map((buckets) => newestFirst(table, buckets, filter));
      const found: DeadLetter[] = [];
      let read = 0;
      for await (const deadLetter of mergedByTime(streams)) {
        read += 1;
        if (matches(deadLetter, filter)) found.push(deadLetter);
        if (found.length > limit || read >= MOST_READ)
          return { deadLetters: found.slice(0, limit), next: after((found[limit] ?? deadLetter).at) };
      }
      return { deadLetters: found, next: undefined };
    },

    async due(now, limit) {
      const to = duePosition(new Date(now).toISOString(), LAST);
      const each = Math.ceil(limit / DUE_BUCKETS.length);
      const pages = await Promise.all(
        DUE_BUCKETS.map((bucket) =>
          table.listed({ index: INDEXES.dueDeadLetters.name, bucket, from: FIRST, to, limit: each, oldestFirst: true }),
        ),
      );
      return pages.flatMap(({ items }) => items.map(({ pk }) => pk.slice(deadLetterKey.prefix.length + 1)));
    },

    async countOpen() {
      const counts = await Promise.all(DUE_BUCKETS.map((bucket) => table.count(INDEXES.dueDeadLetters.name, bucket)));
      return counts.reduce((sum, count) => sum + count, 0);
    },

    async oldest() {
      const pages = await Promise.all(
        OPEN_BUCKETS.map((bucket) => table.listed({ ...EVERYTHING, bucket, limit: 1, oldestFirst: true })),
      );
      return pages.flatMap(({ items }) => items.map((item) => deadLetterFrom(item).at)).sort()[0];
    },

    async adopt(limit) {
      const place = await table.get(sweepKey);
      const shard = Number(place?.shard ?? 0) % OPEN_BUCKETS.length;
      const page = await table.listed({
        ...EVERYTHING,
        bucket: OPEN_BUCKETS[shard] ?? "",
        limit,
        after: place?.after as Attributes | undefined,
      });
      const { partition } = INDEXES.dueDeadLetters;
      for (const item of page.items.filter((item) => item[partition] === undefined)) {
        const deadLetter = deadLetterFrom(item);
        await write({ ...deadLetter, version: deadLetter.version + 1 }, deadLetter);
      }
      const next = page.next ? { shard, after: page.next } : { shard: (shard + 1) % OPEN_BUCKETS.length };
      await table.put({ ...sweepKey, ...next });
    },
  };
}

/** Records read by one search. Few filters match less than one in thousands; the search goes on from `next`. */
const MOST_READ = 5_000;
const PER_PAGE = 100;
/** Before and after every id and time. DynamoDB refuses an empty key. */
const FIRST = "0";
const LAST = "~";
const EVERYTHING = { index: INDEXES.deadLetters.name, from: FIRST, to: LAST } as const;
const after = (at: string) => new Date(Date.parse(at) + 1).toISOString();

/** The records of these index partitions, one after the other, with one page of them in memory. */
async function* newestFirst(
  table: Table,
  buckets: readonly string[],
  { from = FIRST, to }: DeadLetterFilter,
): AsyncGenerator<DeadLetter, undefined> {
  for (const bucket of buckets) {
    let next: Attributes | undefined;
    do {
      const page = await table.listed({ ...EVERYTHING, bucket, from, to: to ?? LAST, limit: PER_PAGE, after: next });
      for (const item of page.items) yield deadLetterFrom(item);
      next = page.next;
    } while (next);
  }
  return undefined;
}

/** @param streams each newest first */
async function* mergedByTime(streams: readonly AsyncGenerator<DeadLetter, undefined>[]): AsyncGenerator<DeadLetter> {
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  for (;;) {
    const newest = heads.reduce<number | undefined>((best, { value }, i) => {
      const known = best === undefined ? undefined : heads[best]?.value;
      return value && (!known || value.at > known.at || (value.at === known.at && value.id < known.id)) ? i : best;
    }, undefined);
    const [head, stream] = newest === undefined ? [] : [heads[newest], streams[newest]];
    if (newest === undefined || !head?.value || !stream) return;
    yield head.value;
    heads[newest] = await stream.next();
  }
}

/** An open record does not expire. */
function itemOf(deadLetter: DeadLetter): Item {
  const expires = deadLetter.state === "open" ? {} : expiry(Date.parse(deadLetter.closedAt), CLOSED_LIFE_SECONDS);
  const { id, version, at } = deadLetter;
  const { partition, sort } = INDEXES.deadLetters;
  return {
    ...deadLetterKey(id),
    version,
    [partition]: bucketOf(deadLetter),
    [sort]: at,
    letter: JSON.stringify(deadLetter),
    ...dueKeysOf(deadLetter),
    ...expires,
  };
}

function matches(
  { cause, ...deadLetter }: DeadLetter,
  { state, flow, step, requestId, correlationId, error, group, from, to }: DeadLetterFilter,
) {
  return (
    (state === undefined || deadLetter.state === state) &&
    (flow === undefined || deadLetter.flow === flow) &&
    (step === undefined || deadLetter.step === step) &&
    (requestId === undefined || cause?.requestId === requestId) &&
    (correlationId === undefined || cause?.correlationId === correlationId) &&
    (error === undefined || deadLetter.errorCode === error) &&
    (group === undefined || groupOf(deadLetter).id === group) &&
    (from === undefined || deadLetter.at >= from) &&
    (to === undefined || deadLetter.at < to)
  );
}

/** Buckets of the days to search, newest first. */
function daysOf({ from, to }: DeadLetterFilter, now: number): readonly string[] {
  const last = Math.min(now, to === undefined ? now : Date.parse(to));
  const first = Math.max(now - CLOSED_LIFE_SECONDS * 1_000 - DAY_MS, from === undefined ? 0 : Date.parse(from));
  const days: string[] = [];
  for (let day = Math.floor(last / DAY_MS); day >= Math.floor(first / DAY_MS); day -= 1)
    days.push(dayBucket(new Date(day * DAY_MS).toISOString()));
  return days;
}

/** Cuts between characters: half a surrogate pair is not valid text. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length || from === 0; ) {
    const end = from + PIECE;
    const split = end < text.length && text.charCodeAt(end - 1) >= 0xd800 && text.charCodeAt(end - 1) < 0xdc00;
    const to = split ? end - 1 : end;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}
