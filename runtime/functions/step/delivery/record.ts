import type { UnreadableAnswer } from "../../../../protocol/dead-letter.ts";
import type { Failure } from "../../../errors.ts";
import type { Entry, Item } from "../../../ports.ts";

/** Delivery record; docs/internals.md, "State table". */
export interface DeliveryRecord {
  /**
   * `running`: until its lease ends. `waiting`: for the next attempt. `done`: its events are stored. `dead`: its message was
   * dead-lettered.
   */
  readonly state: "running" | "waiting" | "done" | "dead";
  /** Attempts that counted, including the current one. */
  readonly attempts: number;
  /** Attempts used up before the dead letter was sent back; usually 0. */
  readonly attemptsBefore: number;
  /** Token of the attempt that holds the lease. */
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly leaseUntil: number;
  /** True when the attempt that holds or held the lease was the only one in its process. */
  readonly alone: boolean;
  /** Of the first attempt, ISO 8601. */
  readonly startedAt: string;
  readonly failure: Failure | undefined;
  /** Calls that may have taken effect: each was sent, and no answer has settled it. */
  readonly unknown: readonly string[];
  /** Calls that took effect, with their answers that can't be read. */
  readonly unreadable: Readonly<Record<string, UnreadableAnswer>>;
  /** Answers that operators supplied, by call. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** Times reserved under rate limits, by the adapter's name. */
  readonly slots: readonly (readonly [adapter: string, at: number])[];
  /** Entries to publish, possibly again: the result of `done`, the report of `dead`. */
  readonly entries: readonly Entry[];
  /** It stays dead even when its dead letter is sent back: the request is being compensated. */
  readonly final: boolean;
  /** Id of the dead-lettered message. */
  readonly deadMessage: string;
  /** Id of the redriven message that began this series of attempts; `""` for the first series. */
  readonly series: string;
}

/** Without its entries, which may be items of their own. */
export function recordOf(item: Item): Omit<DeliveryRecord, "entries"> {
  return {
    state: item.state as DeliveryRecord["state"],
    attempts: Number(item.attempts),
    attemptsBefore: Number(item.attemptsBefore ?? 0),
    owner: String(item.owner ?? ""),
    leaseUntil: Number(item.leaseUntil ?? 0),
    alone: item.alone === true,
    startedAt: String(item.startedAt ?? ""),
    failure:
      item.errorCode === undefined ? undefined : { code: String(item.errorCode), message: String(item.errorMessage ?? "") },
    unknown: item.unknown === undefined ? [] : (JSON.parse(String(item.unknown)) as string[]),
    unreadable: jsonOf(item.unreadable) as DeliveryRecord["unreadable"],
    answers: jsonOf(item.answers),
    slots: item.slots === undefined ? [] : (JSON.parse(String(item.slots)) as [string, number][]),
    final: item.final === true,
    deadMessage: String(item.deadMessage ?? ""),
    series: String(item.series ?? ""),
  };
}

const jsonOf = (text: unknown) => (text === undefined ? {} : (JSON.parse(String(text)) as Record<string, unknown>));

/** Input of a handler as the delivery record stores it. */
export interface KeptInput {
  /** JSON. */
  readonly input: string;
  /** Versions of its events, by the part's name; `""` where the step waits for one event. */
  readonly versions: Readonly<Record<string, number>>;
}

/** What to do with a message. */
export type Decision = "start" | "start-alone" | "again" | "busy" | "used-up" | "done" | "dead-lettered";

/** The attempts that count. One whose process died counts only if it was alone in it: any other delivery may have ended the process. */
export const attemptsOf = ({ state, attempts, alone }: DeliveryRecord): number =>
  state === "running" && !alone ? attempts - 1 : attempts;

/**
 * @param record as stored; `running` with a lease that has ended: its process died, or lost the table
 * @param message the message's id (`""` for direct delivery), and whether it was redriven
 */
export function decide(
  record: DeliveryRecord,
  now: number,
  maximum: number,
  message: { readonly id: string; readonly redriven: boolean },
): Decision {
  if (record.state === "done") return "done";
  if (record.state === "dead")
    return message.redriven && !record.final && message.id !== record.deadMessage ? "again" : "dead-lettered";
  if (record.state === "running" && record.leaseUntil > now) return "busy";
  if (attemptsOf(record) - record.attemptsBefore < maximum) return record.state === "running" ? "start-alone" : "start";
  // The last attempt crashed, and Lambda or the queue dead-lettered the message: no function could record that.
  return message.redriven && message.id !== record.series ? "again" : "used-up";
}
