import { contending } from "../../backoff.ts";
import { RetryableError } from "../../errors.ts";
import { absent, compare, type Item, type Table } from "../../ports.ts";
import { bucketOf, dayBucket, type Letter, letterFrom, letterKey, OPEN_BUCKETS } from "./letter.ts";

/** A closed record can be read for so long; an open one stays until somebody deals with it. */
const CLOSED_LIFE_DAYS = 90;
const DAY_MS = 86_400_000;
/** UTF-16 units a piece: at most 3 bytes each, below the 400 KB of an item. */
const PIECE = 100_000;
const TRIES = 10;
/** Days asked at once while searching. */
const AT_ONCE = 10;

/** What to look for; all given have to hold. */
export interface LetterFilter {
  readonly state?: Letter["state"];
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
export interface LetterStore {
  get(id: string): Promise<Letter | undefined>;
  /** @returns the message's body, as it came to the dead letters */
  bodyOf(letter: Pick<Letter, "id" | "chunks">): Promise<string>;
  /**
   * Writes the message and then the record.
   * @param change gets what is there; it answers `undefined` to leave it so
   * @returns the record as it is now
   * @throws RetryableError `LETTER_CONTENDED`
   */
  record(id: string, body: string, change: (known: Letter | undefined) => Letter | undefined): Promise<Letter>;
  /** @returns false when it has been written since `letter` was read */
  replace(letter: Letter, by: Letter): Promise<boolean>;
  /** Newest first. */
  find(filter: LetterFilter, limit: number, now: number): Promise<readonly Letter[]>;
}

export function letterStore(table: Table): LetterStore {
  const write = (letter: Letter, before: Letter | undefined) =>
    table.put(itemOf(letter), before ? compare("version", "=", before.version) : absent("pk"));
  /** The message goes with its record. */
  const expire = async (letter: Letter) => {
    const { expiresAt } = itemOf(letter);
    if (expiresAt === undefined) return;
    for (let i = 0; i < letter.chunks; i += 1) await table.update(pieceKey(letter.id, i), { set: { expiresAt } });
  };
  const get = async (id: string) => {
    const item = await table.get(letterKey(id));
    return item && letterFrom(item);
  };

  return {
    get,

    async bodyOf({ id, chunks }) {
      const items = await table.query(letterKey(id).pk);
      const pieces = items.filter(({ sk }) => sk.startsWith("message#")).slice(0, chunks);
      return pieces.map(({ text }) => String(text)).join("");
    },

    async record(id, body, change) {
      const pieces = piecesOf(body);
      const putPieces = async (life: Partial<Item> = {}) => {
        for (const [i, text] of pieces.entries()) await table.put({ ...pieceKey(id, i), text, ...life });
      };
      /** As `expire`, with what is at hand: the recorder may put, and not update. */
      const putExpiring = async (letter: Letter) => {
        const { expiresAt } = itemOf(letter);
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
          throw new RangeError("a record that is not there can't be left as it is");
        }
        const letter = { ...after, chunks: pieces.length, version: (before?.version ?? 0) + 1 };
        if (!(await write(letter, before))) return undefined;
        await putExpiring(letter);
        return letter;
      });
      if (recorded) return recorded;
      throw new RetryableError("LETTER_CONTENDED", `others wrote the record ${id} ${TRIES} times in a row. It is tried again.`);
    },

    async replace(letter, by) {
      const done = await write({ ...by, version: letter.version + 1 }, letter);
      if (done) await expire(by);
      return done;
    },

    async find(filter, limit, now) {
      const wanted = (item: Item) => {
        const letter = letterFrom(item);
        return matches(letter, filter) ? [letter] : [];
      };
      const found: Letter[] = [];
      if (filter.state === undefined || filter.state === "open") {
        const open = await Promise.all(OPEN_BUCKETS.map((bucket) => table.deadLetters(bucket, Number.POSITIVE_INFINITY)));
        found.push(...open.flat().flatMap(wanted));
      }
      if (filter.state !== "open") {
        const days = daysOf(filter, now);
        // Newest days first, so what lies further back is not read once there are enough.
        for (let i = 0, closed = 0; i < days.length && closed < limit; i += AT_ONCE) {
          const buckets = days.slice(i, i + AT_ONCE).map((bucket) => table.deadLetters(bucket, Number.POSITIVE_INFINITY));
          const some = (await Promise.all(buckets)).flat().flatMap(wanted);
          closed += some.length;
          found.push(...some);
        }
      }
      return found.sort((a, b) => b.at.localeCompare(a.at) || a.id.localeCompare(b.id)).slice(0, limit);
    },
  };
}

const pieceKey = (id: string, i: number) => ({ pk: letterKey(id).pk, sk: `message#${String(i).padStart(3, "0")}` });

/** An open record does not expire: it waits for somebody to decide, however long. */
function itemOf(letter: Letter): Item {
  const expires =
    letter.state === "open" ? {} : { expiresAt: Math.floor(Date.parse(letter.closedAt) / 1_000) + CLOSED_LIFE_DAYS * 86_400 };
  const { id, version, at } = letter;
  return { ...letterKey(id), version, letterBucket: bucketOf(letter), letterAt: at, letter: JSON.stringify(letter), ...expires };
}

function matches({ cause, ...letter }: Letter, { state, flow, step, requestId, correlationId, error, from, to }: LetterFilter) {
  return (
    (state === undefined || letter.state === state) &&
    (flow === undefined || letter.flow === flow) &&
    (step === undefined || letter.step === step) &&
    (requestId === undefined || cause?.requestId === requestId) &&
    (correlationId === undefined || cause?.correlationId === correlationId) &&
    (error === undefined || letter.errorCode === error) &&
    (from === undefined || letter.at >= from) &&
    (to === undefined || letter.at < to)
  );
}

/** Buckets of the days in question, the newest first. */
function daysOf({ from, to }: LetterFilter, now: number): readonly string[] {
  const last = Math.min(now, to === undefined ? now : Date.parse(to));
  const first = Math.max(now - (CLOSED_LIFE_DAYS + 1) * DAY_MS, from === undefined ? 0 : Date.parse(from));
  const days: string[] = [];
  for (let day = Math.floor(last / DAY_MS); day >= Math.floor(first / DAY_MS); day -= 1)
    days.push(dayBucket(new Date(day * DAY_MS).toISOString()));
  return days;
}

/** Cut between characters: half of a surrogate pair is no text. */
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
