import { randomUUID } from "node:crypto";
import type { SuppliedAnswers, UnreadableAnswer } from "../../../../protocol/dead-letter.ts";
import { RECORD_LIFE_SECONDS } from "../../../../protocol/limits.ts";
import { deliveryKey, expiry } from "../../../../protocol/table.ts";
import { contending } from "../../../backoff.ts";
import type { Cause } from "../../../envelope/cause.ts";
import type { Failure } from "../../../errors.ts";
import { RetryableError } from "../../../errors.ts";
import { LARGEST_KEPT_BYTES } from "../../../limits.ts";
import type { Clock, Entry } from "../../../ports.ts";
import { type Attributes, all, any, type Condition, compare, isNew, type Key, type Table } from "../../../ports.ts";
import { retryingTable } from "../../../retrying-table.ts";
import type { Slots } from "../../../third-party/rate-limit.ts";
import { CRASHED } from "../../../third-party/unknown-outcomes.ts";
import { entryPieces } from "./entry-pieces.ts";
import { attemptsOf, type DeliveryRecord, decide, type KeptInput, recordOf } from "./record.ts";

/** An attempt that counts and holds the lease. */
export interface Attempt {
  /** From 1, over the delivery's whole life. */
  readonly number: number;
  /** From 1 again after each redrive. */
  readonly inSeries: number;
  readonly owner: string;
  /** When the first attempt started, ISO 8601. */
  readonly startedAt: string;
  /** Failure of the previous attempt. */
  readonly before: Failure | undefined;
  readonly last: boolean;
  /** Calls of earlier attempts that may have taken effect. */
  readonly unknown: readonly string[];
  /** Calls of earlier attempts that took effect, with their answers that can't be read; none after a redrive, which repeats them. */
  readonly unreadable: DeliveryRecord["unreadable"];
  /** Answers that operators supplied, by call. */
  readonly answers: DeliveryRecord["answers"];
  /** Times reserved under rate limits by earlier runs. */
  readonly slots: DeliveryRecord["slots"];
  /** How the process of the previous attempt died, if it did. */
  readonly died: "alone" | "among others" | undefined;
}

type Started =
  | { readonly kind: "started"; readonly attempt: Attempt }
  | { readonly kind: "busy"; readonly until: number }
  | { readonly kind: "used-up" | "only-alone"; readonly record: DeliveryRecord }
  | { readonly kind: "done" | "dead-lettered"; readonly record: DeliveryRecord };

/** The delivery records of one step. Every write is one conditional UpdateItem. */
export interface DeliveryRecords {
  /**
   * Counts an attempt and takes the lease, unless the record forbids it.
   * @param leaseUntil latest end of the invocation, ms since the epoch
   * @param message.attempts attempts already reported to the ledger. The next attempt is numbered after them.
   * @param message.supplied answers that an operator supplied; the record keeps them for all further attempts
   * @param alone whether no other delivery is handled in this process meanwhile; false refuses one whose process died (`only-alone`)
   */
  start(
    cause: Cause,
    leaseUntil: number,
    message: {
      readonly id: string;
      readonly redriven: boolean;
      readonly attempts: number;
      readonly supplied?: SuppliedAnswers;
    },
    alone: boolean,
  ): Promise<Started>;
  /**
   * @param finishedAt as the report has it, ISO 8601
   * @param kept the handler's input, for the compensation
   * @returns false when another attempt has taken over
   */
  succeed(cause: Cause, attempt: Attempt, finishedAt: string, entries: readonly Entry[], kept?: KeptInput): Promise<boolean>;
  /** @returns input and entries of a delivery that is done, as `succeed` stored them; no versions where older code stored it */
  done(delivery: string): Promise<DoneDelivery | undefined>;
  /** Calls that may have taken effect. An attempt that crashed may have made any call of the step. */
  unknownOf(record: DeliveryRecord): readonly string[];
  /**
   * Releases the lease.
   * @param counts false when the attempt is not used up
   * @param left.slots times reserved under rate limits
   */
  fail(
    cause: Cause,
    attempt: Attempt,
    failure: Failure,
    counts: boolean,
    left?: OpenOutcomes & { readonly slots?: Slots },
  ): Promise<boolean>;
  /**
   * Records that the message was dead-lettered.
   * @param attempt `undefined` when it was dead-lettered without one
   * @returns false when the delivery is done, or another attempt has taken over
   */
  deadLetter(cause: Cause, attempt: Attempt | undefined, failure: Failure, dead: Dead): Promise<boolean>;
}

/** What the attempt takes over from the record. */
type Found = Pick<DeliveryRecord, "startedAt" | "failure" | "unknown" | "unreadable" | "answers" | "slots"> &
  Partial<Pick<DeliveryRecord, "state" | "alone">>;

interface DoneDelivery {
  readonly input: unknown;
  readonly versions: KeptInput["versions"];
  readonly entries: readonly Entry[];
}

interface Dead {
  readonly reports: readonly Entry[];
  /** Of the dead-lettered message; `""` where there is none. */
  readonly messageId: string;
  /** A redrive does not run it again. */
  readonly final: boolean;
  /** A redrive must know them. */
  readonly calls?: OpenOutcomes;
}

/** Calls without a known outcome. */
interface OpenOutcomes {
  /** Calls that may have taken effect. */
  readonly unknown?: ReadonlySet<string>;
  /** Of these, the ones whose answer can't be read. */
  readonly unreadable?: ReadonlyMap<string, UnreadableAnswer>;
}

/** Enough for two messages of the same cause that race; more contention means another fault. */
const TRIES = 5;

export function deliveryRecords(options: {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: () => number;
  readonly flow: string;
  readonly step: string;
  /** Most attempts. */
  readonly maximum: number;
  /** The step can call an operation that changes something. @default false */
  readonly changes?: boolean;
}): DeliveryRecords {
  const { clock, flow, step, maximum, changes = false } = options;
  // An attempt whose end can't be written would count as one that crashed.
  const table = retryingTable(options);
  const pieces = entryPieces({ table, clock });
  const keyOf = ({ delivery }: Pick<Cause, "delivery">) => deliveryKey(flow, step, delivery);
  const iso = () => new Date(clock.now()).toISOString();

  const first = (cause: Cause, held: Attributes, startedAt: string, reported: number): Attributes => ({
    ...held,
    ...whose(cause),
    attempts: reported + 1,
    attemptsBefore: reported,
    startedAt,
    ...expiry(clock.now(), RECORD_LIFE_SECONDS),
  });

  const unknownOf = ({ state, unknown }: DeliveryRecord): readonly string[] =>
    changes && state === "running" ? [...new Set([...unknown, CRASHED])] : unknown;

  return {
    unknownOf,
    async start(cause, leaseUntil, message, alone) {
      const key = keyOf(cause);
      const owner = randomUUID();
      const held = lease(owner, leaseUntil, alone);
      const startedAt = iso();
      const started = (number: number, attemptsBefore: number, found: Found): Started => ({
        kind: "started",
        attempt: {
          number,
          inSeries: number - attemptsBefore,
          owner,
          startedAt: found.startedAt,
          before: found.failure,
          last: number - attemptsBefore >= maximum,
          unknown: found.unknown,
          unreadable: found.unreadable,
          answers: found.answers,
          slots: found.slots,
          died: found.state !== "running" ? undefined : found.alone ? "alone" : "among others",
        },
      });
      const supplied = message.supplied?.answers ?? {};
      const fresh: Found = { startedAt, failure: undefined, unknown: [], unreadable: {}, answers: supplied, slots: [] };
      const begun = async () => {
        const set = {
          ...first(cause, held, startedAt, message.attempts),
          ...(message.supplied && keptJson({ answers: supplied })),
        };
        return (await table.write(key, { set }, isNew)) ? started(message.attempts + 1, message.attempts, fresh) : undefined;
      };
      const atOnce = await begun();
      if (atOnce) return atOnce;
      const result = await contending(TRIES, async (): Promise<Started | undefined> => {
        const item = await table.get(key);
        if (!item) return begun(); // expired between the two
        const record = { ...recordOf(item), entries: await pieces.load(item) };
        // If the SDK retried after a lost response, the write was ours.
        if (record.owner === owner) return started(record.attempts, record.attemptsBefore, { ...record, state: "waiting" });
        const decision = decide(record, clock.now(), maximum, message);
        if (decision === "busy") return { kind: "busy", until: record.leaseUntil };
        if (decision === "used-up" || decision === "done" || decision === "dead-lettered") return { kind: decision, record };
        if (decision === "start-alone" && !alone) return { kind: "only-alone", record };
        const counted = attemptsOf(record);
        // Attempts that no function recorded may have been reported, such as those of a message that never reached one.
        const before = Math.max(counted, message.attempts);
        const attemptsBefore = decision === "again" ? before : record.attemptsBefore + before - counted;
        const series = decision === "again" ? { series: message.id } : {};
        const unknown = unknownOf(record);
        // A redrive repeats a call whose answer can't be read; an answer that is supplied stands in for it.
        const calls = {
          unknown,
          unreadable: decision === "again" && !message.supplied ? {} : record.unreadable,
          answers: { ...record.answers, ...supplied },
        };
        const kept = keptJson({ answers: supplied, unreadable: record.unreadable }, calls);
        const taken = await table.write(
          key,
          { set: { ...held, attempts: before + 1, attemptsBefore, ...series, ...listed(unknown), ...kept } },
          unchanged(record),
        );
        return taken ? started(before + 1, attemptsBefore, { ...record, ...calls }) : undefined;
      });
      if (result) return result;
      throw new RetryableError(
        "DELIVERY_CONTENDED",
        `other messages of the same cause took the delivery record ${TRIES} times. It is tried again.`,
      );
    },

    async succeed(cause, attempt, finishedAt, entries, kept) {
      const key = keyOf(cause);
      const room = LARGEST_KEPT_BYTES - Buffer.byteLength(kept?.input ?? "");
      const stored = await pieces.store(key, attempt.owner, entries, room);
      const input = kept && { input: kept.input, inputVersions: JSON.stringify(kept.versions) };
      return owned(key, attempt.owner, "done", { state: "done", leaseUntil: 0, finishedAt, ...stored, ...input });
    },

    async done(delivery) {
      const item = await table.get(keyOf({ delivery }));
      if (item?.state !== "done" || item.input === undefined) return undefined;
      return {
        input: JSON.parse(String(item.input)) as unknown,
        versions: JSON.parse(String(item.inputVersions ?? "{}")) as KeptInput["versions"],
        entries: await pieces.load(item),
      };
    },

    fail: (cause, attempt, failure, counts, { slots = new Map(), ...calls } = {}) => {
      const times = attempt.slots.length + slots.size > 0 && { slots: JSON.stringify([...slots]) };
      const set = { state: "waiting", leaseUntil: 0, ...changed(attempt, calls), ...times, ...attributesOf(failure) };
      return owned(keyOf(cause), attempt.owner, "waiting", set, counts ? 0 : -1);
    },

    async deadLetter(cause, attempt, failure, { reports, messageId, final, calls = {} }) {
      const set = {
        state: "dead",
        leaseUntil: 0,
        finishedAt: iso(),
        entries: JSON.stringify(reports),
        deadMessage: messageId,
        ...(final && { final }),
        ...changed(attempt, calls),
        ...attributesOf(failure),
      };
      if (attempt) return owned(keyOf(cause), attempt.owner, "dead", set);
      const now = iso();
      const change = {
        set: { ...set, ...whose(cause) },
        setOnce: { attempts: 1, attemptsBefore: 0, owner: "", startedAt: now, ...expiry(clock.now(), RECORD_LIFE_SECONDS) },
      };
      const idle = all(
        compare("state", "<>", "done"),
        any(compare("state", "<>", "running"), compare("leaseUntil", "<=", clock.now())),
      );
      return table.write(keyOf(cause), change, any(isNew, idle));
    },
  };

  async function owned(key: Key, owner: string, state: string, set: Attributes, attempts = 0): Promise<boolean> {
    const mine = all(compare("owner", "=", owner), compare("state", "=", "running"));
    const change = attempts === 0 ? { set } : { set, add: { attempts } };
    if (await table.write(key, change, mine)) return true;
    const item = await table.get(key);
    // As above: the response may have been lost.
    return item?.owner === owner && item.state === state;
  }
}

const lease = (owner: string, leaseUntil: number, alone: boolean): Attributes => ({ state: "running", owner, leaseUntil, alone });
const listed = (unknown: Iterable<string>): Attributes => {
  const calls = [...unknown];
  return calls.length > 0 ? { unknown: JSON.stringify(calls) } : {};
};
/** Written too when it has become empty. */
const changed = (attempt: Attempt | undefined, { unknown = new Set(), unreadable = new Map() }: OpenOutcomes): Attributes => ({
  ...(attempt && attempt.unknown.length > 0 ? { unknown: JSON.stringify([...unknown]) } : listed(unknown)),
  ...keptJson(
    { unreadable: { ...attempt?.unreadable, ...Object.fromEntries(unreadable) } },
    { unreadable: Object.fromEntries(unreadable) },
  ),
});
/** Objects as JSON, those alone that hold anything. @param values what is written instead. @default the objects */
const keptJson = (objects: Readonly<Record<string, object>>, values: Readonly<Record<string, unknown>> = objects): Attributes =>
  Object.fromEntries(
    Object.entries(objects).flatMap(([name, object]) =>
      Object.keys(object).length > 0 ? [[name, JSON.stringify(values[name])]] : [],
    ),
  );
const attributesOf = ({ code, message }: Failure): Attributes => ({ errorCode: code, errorMessage: message });
const whose = ({ request }: Cause): Attributes => ({ requestId: request.requestId, correlationId: request.correlationId });
const unchanged = ({ owner, state, attempts }: DeliveryRecord): Condition =>
  all(compare("owner", "=", owner), compare("state", "=", state), compare("attempts", "=", attempts));
