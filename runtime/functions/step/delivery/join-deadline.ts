import { DUE_JOINS, duePosition, INDEXES, joinPartKey } from "../../../../protocol/table.ts";
import { hashOf } from "../../../ids.ts";
import type { Attributes, Item, Key, Table } from "../../../ports.ts";

const { partition, sort } = INDEXES.dueDeadLetters;
/** Attributes by which the sweeper finds a join with a deadline. */
export const DUE_ATTRIBUTES: readonly string[] = [partition, sort];

/** @param at the same, if it is to be that time, ms since the epoch */
export const isDue = (item: Item, at?: number): boolean =>
  item[partition] !== undefined && (at === undefined || item[sort] === dueOf(item, at, undefined)[sort]);

/**
 * @param at ms since the epoch: when the sweeper has to look at the join
 * @param queueUrl the join's first part is sent there
 */
export function dueOf({ pk, sk }: Key, at: number, queueUrl: string | undefined): Attributes {
  const id = hashOf([pk, sk]);
  return {
    [partition]: DUE_JOINS[Number.parseInt(id.slice(0, 8), 16) % DUE_JOINS.length] ?? "",
    [sort]: duePosition(new Date(at).toISOString(), id),
    queue: queueName(queueUrl ?? ""),
  };
}

/** A queue's address may change, its name does not. */
export const queueName = (url: string): string => url.slice(url.lastIndexOf("/") + 1);

export interface FirstPart {
  readonly name: string;
  readonly metadata: Attributes;
  readonly data: unknown;
}

/** @returns the part that came first; of a counted join, it is an item of its own */
export async function firstPartOf(item: Item, table: Pick<Table, "get">): Promise<FirstPart | undefined> {
  const found = Object.entries(item)
    .filter(([name]) => name.startsWith(PART))
    .map(([, text]) => JSON.parse(String(text)) as FirstPart)
    .find(({ metadata }) => metadata.eventId === item.first);
  if (found || typeof item.first !== "string") return found;
  const text = (await table.get(joinPartKey(item, item.first)))?.event;
  return typeof text === "string" ? (JSON.parse(text) as FirstPart) : undefined;
}

const PART = "part:";
/** Not a nested map: an update of one entry would need the map to exist. */
export const partAttribute = (part: string) => `${PART}${part}`;
