import type { Failure } from "../../../errors.ts";
import type { Entry, Item } from "../../../ports.ts";

/** What the table remembers of one delivery; docs/architecture.md, "State table". */
export interface DeliveryRecord {
  /**
   * `running`: until its lease ends. `waiting`: for the next attempt. `done`: its events are stored. `dead`: it was handed to the
   * dead letters.
   */
  readonly state: "running" | "waiting" | "done" | "dead";
  /** Starts that counted, this one included. */
  readonly attempts: number;
  /** Attempts that were used up before the dead letter was sent back; 0 for most. */
  readonly attemptsBefore: number;
  /** Who holds the lease: a token of one start. */
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly leaseUntil: number;
  /** Of the first attempt, ISO 8601. */
  readonly startedAt: string;
  readonly failure: Failure | undefined;
  /** What to publish, again if need be: the result of `done`, the report of `dead`. */
  readonly entries: readonly Entry[];
  /** It stays dead, even when its dead letter is sent back: what the request did is being undone. */
  readonly final: boolean;
  /** Id of the message that went to the dead letters. */
  readonly deadMessage: string;
  /** Id of the message from the dead letters that began this series of attempts; `""` for the first series. */
  readonly series: string;
}

export function recordOf(item: Item): DeliveryRecord {
  return {
    state: item.state as DeliveryRecord["state"],
    attempts: Number(item.attempts),
    attemptsBefore: Number(item.attemptsBefore ?? 0),
    owner: String(item.owner ?? ""),
    leaseUntil: Number(item.leaseUntil ?? 0),
    startedAt: String(item.startedAt ?? ""),
    failure:
      item.errorCode === undefined ? undefined : { code: String(item.errorCode), message: String(item.errorMessage ?? "") },
    entries: item.entries === undefined ? [] : (JSON.parse(String(item.entries)) as Entry[]),
    final: item.final === true,
    deadMessage: String(item.deadMessage ?? ""),
    series: String(item.series ?? ""),
  };
}

/** What becomes of a message, from what the table remembers. */
export type Decision = "start" | "again" | "busy" | "used-up" | "done" | "dead-lettered";

/**
 * @param record as it is in the table.
 * @param message the message's id (`""` for direct delivery), and whether it comes from the dead letters.
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
  if (record.attempts - record.attemptsBefore < maximum) return "start";
  // The last attempt crashed, and Lambda or the queue itself dead-lettered the message: nobody could note that it is dead.
  return message.redriven && message.id !== record.series ? "again" : "used-up";
}
