import { causeGroupOf, type DeadLetterCauseGroup, type GroupNote } from "../../../protocol/dead-letter-groups.ts";
import { expiry, groupKey } from "../../../protocol/table.ts";
import { hashOf } from "../../ids.ts";
import { CLOSED_LIFE_SECONDS } from "../../limits.ts";
import { maskedText } from "../../mask.ts";
import type { Clock, Item, Table } from "../../ports.ts";
import type { DeadLetter } from "./dead-letter.ts";

/** @returns id of a group, 16 hex digits */
export const groupIdOf = ({ flow, step, errorCode, thirdParty, pattern }: DeadLetterCauseGroup): string =>
  hashOf([flow, step, errorCode, thirdParty, pattern]).slice(0, 16);

/** @returns the group of a dead letter, under its names when it was recorded, with its id */
export function groupOf(
  deadLetter: Pick<DeadLetter, "flow" | "step" | "errorCode" | "errorMessage">,
): DeadLetterCauseGroup & { readonly id: string } {
  const group = causeGroupOf({ ...deadLetter, errorMessage: maskedText(deadLetter.errorMessage) });
  return { id: groupIdOf(group), ...group };
}

const noteFrom = ({ note, owner, by, at }: Item): GroupNote => ({
  note: String(note),
  owner: String(owner),
  by: String(by),
  at: String(at),
});

/** @param items of the partition of notes. @returns notes by the group's id */
export const notesIn = (items: readonly Item[]): ReadonlyMap<string, GroupNote> =>
  new Map(items.map((item) => [item.sk, noteFrom(item)]));

/** Writes note or owner of a group; what is `undefined` stays. Of two operators at once, each changes only the fields they gave. @returns the note afterwards */
export async function writeNote(
  { table, clock }: { readonly table: Pick<Table, "update">; readonly clock: Clock },
  id: string,
  { note, owner, by }: { readonly note: string | undefined; readonly owner: string | undefined; readonly by: string },
): Promise<GroupNote> {
  const now = clock.now();
  const given = { ...(note !== undefined && { note }), ...(owner !== undefined && { owner }) };
  const rest = { ...(note === undefined && { note: "" }), ...(owner === undefined && { owner: "" }) };
  const item = await table.update(groupKey(id), {
    set: { ...given, by, at: new Date(now).toISOString(), ...expiry(now, CLOSED_LIFE_SECONDS) },
    setOnce: rest,
  });
  if (!item) throw new Error("an update without a condition was refused");
  return noteFrom(item);
}
