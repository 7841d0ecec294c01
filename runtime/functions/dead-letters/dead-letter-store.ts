import { dayBucket, deadLetterKey, expiry, INDEXES, isMessage, messageKey } from "../../../protocol/table.ts";
import { contending } from "../../backoff.ts";
import { RetryableError } from "../../errors.ts";
import { compare, type Item, isNew, type Table } from "../../ports.ts";
import { bucketOf, type DeadLetter, deadLetterFrom, OPEN_BUCKETS } from "./dead-letter.ts";

/** Life of a closed record. An open one stays until it is decided. */
const CLOSED_LIFE_DAYS = 90;
const DAY_MS = 86_400_000;
/** UTF-16 units per piece, of at most 3 bytes each: below the 400 KB of an item. */
const PIECE = 100_000;
const TRIES = 10;
/** Days read at once while searching. */
const AT_ONCE = 10;

/** Filters; all that are given must match. */
export interface DeadLetterFilter {
  readonly state?: DeadLetter["state"];
  readonly flow?: string;
  readonly step?: string;
  readonly requestId?: string;
  readonly correlationId?: string;
  readonly error?: string;
  /** ISO 8601: recorded at this time or later; `to`: before this time. */
  readonly from?: string;
  readonly to?: string;
}

/** Records of dead letters, and their messages. */
export interface DeadLetterStore {
  get(id: string): Promise<DeadLetter | undefined>;
  /** @returns the message's body as it was dead-lettered */
  bodyOf(deadLetter: Pick<DeadLetter, "id" | "chunks">): Promise<string>;
  /**
   * Writes the message and then the record.
   * @param change gets the current record; returns `undefined` to keep it
   * @returns the record afterwards
   * @throws RetryableError `DEAD_LETTER_CONTENDED`
   */
  record(id: string, body: string, change: (known: DeadLetter | undefined) => DeadLetter | undefined): Promise<DeadLetter>;
  /** @returns false when it has been written since `letter` was read */
  replace(deadLetter: DeadLetter, by: DeadLetter): Promise<boolean>;
  /** Newest first. */
  find(filter: DeadLetterFilter, limit: number, now: number): Promise<readonly DeadLetter[]>;
}

export function deadLetterStore(table: Table): DeadLetterStore {
  const write = (deadLetter: DeadLetter, before: DeadLetter | undefined) =>
    table.put(itemOf(deadLetter), before ? compare("version", "=", before.version) : isNew);
  /** Lets the message expire with its record. */
  const expire = async (deadLetter: DeadLetter) => {
    const { expiresAt } = itemOf(deadLetter);
    if (expiresAt === undefined) return;
    for (let i = 0; i < deadLetter.chunks; i += 1) await table.update(messageKey(deadLetter.id, i), { set: { expiresAt } });
  };
  const get = async (id: string) => {
    const item = await table.get(deadLetterKey(id));
    return item && deadLetterFrom(item);
  };

  return {
    get,

    async bodyOf({ id, chunks }) {
      const items = await table.query(deadLetterKey(id).pk);
      const pieces = items.filter(isMessage).slice(0, chunks);
      return pieces.map(({ text }) => String(text)).join("");
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
      await putPieces();
      const recorded = await contending(TRIES, async () => {
        const before = await get(id);
        const after = change(before);
        if (!after) {
          if (before) {
            await putExpiring(before);
            return before;
          }
          throw new RangeError("a record that does not exist can't be kept");
        }
        const deadLetter = { ...after, chunks: pieces.length, version: (before?.version ?? 0) + 1 };
        if (!(await write(deadLetter, before))) return undefined;
        await putExpiring(deadLetter);
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
      const wanted = (item: Item) => {
        const deadLetter = deadLetterFrom(item);
        return matches(deadLetter, filter) ? [deadLetter] : [];
      };
      const found: DeadLetter[] = [];
      if (filter.state === undefined || filter.state === "open") {
        const open = await Promise.all(OPEN_BUCKETS.map((bucket) => table.deadLetters(bucket, Number.POSITIVE_INFINITY)));
        found.push(...open.flat().flatMap(wanted));
      }
      if (filter.state !== "open") {
        const days = daysOf(filter, now);
        // Newest days first, so that older ones are not read once there are enough.
        for (let i = 0, closed = 0; i < days.length && closed < limit; i += AT_ONCE) {
          const buckets = days.slice(i, i + AT_ONCE).map((bucket) => table.deadLetters(bucket, Number.POSITIVE_INFINITY));
          const matching = (await Promise.all(buckets)).flat().flatMap(wanted);
          closed += matching.length;
          found.push(...matching);
        }
      }
      return found.sort((a, b) => b.at.localeCompare(a.at) || a.id.localeCompare(b.id)).slice(0, limit);
    },
  };
}

/** An open record does not expire. */
function itemOf(deadLetter: DeadLetter): Item {
  const expires = deadLetter.state === "open" ? {} : expiry(Date.parse(deadLetter.closedAt), CLOSED_LIFE_DAYS * 86_400);
  const { id, version, at } = deadLetter;
  const { partition, sort } = INDEXES.deadLetters;
  return {
    ...deadLetterKey(id),
    version,
    [partition]: bucketOf(deadLetter),
    [sort]: at,
    letter: JSON.stringify(deadLetter),
    ...expires,
  };
}

function matches(
  { cause, ...deadLetter }: DeadLetter,
  { state, flow, step, requestId, correlationId, error, from, to }: DeadLetterFilter,
) {
  return (
    (state === undefined || deadLetter.state === state) &&
    (flow === undefined || deadLetter.flow === flow) &&
    (step === undefined || deadLetter.step === step) &&
    (requestId === undefined || cause?.requestId === requestId) &&
    (correlationId === undefined || cause?.correlationId === correlationId) &&
    (error === undefined || deadLetter.errorCode === error) &&
    (from === undefined || deadLetter.at >= from) &&
    (to === undefined || deadLetter.at < to)
  );
}

/** Buckets of the days to search, newest first. */
function daysOf({ from, to }: DeadLetterFilter, now: number): readonly string[] {
  const last = Math.min(now, to === undefined ? now : Date.parse(to));
  const first = Math.max(now - (CLOSED_LIFE_DAYS + 1) * DAY_MS, from === undefined ? 0 : Date.parse(from));
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
