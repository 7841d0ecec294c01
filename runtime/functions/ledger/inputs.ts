import { triggerOf } from "../../../protocol/first-event.ts";
import { INPUT_LIFE_SECONDS } from "../../../protocol/limits.ts";
import type { RequestInput } from "../../../protocol/run-again.ts";
import { AGAIN, againKey, expiry, inputKey, summaryKey } from "../../../protocol/table.ts";
import { REQUEST_LIFE_SECONDS } from "../../limits.ts";
import type { Item, Table } from "../../ports.ts";
import type { Fact } from "./fact.ts";

/** @returns items of the first event of a request, from which it can be run again; and where it repeats another one, an item that says so there */
export const inputItems = (found: readonly Fact[], now: number): readonly Item[] =>
  found.flatMap((one) => {
    if (one.kind !== "event" || !one.published) return [];
    const { requestId } = one.request;
    const input: RequestInput = { ...one.published, trigger: triggerOf(one.fact.step) };
    const kept = { ...inputKey(requestId), input: JSON.stringify(input), ...expiry(now, INPUT_LIFE_SECONDS) };
    if (one.repeats === undefined) return [kept];
    return [kept, { ...againKey(one.repeats, requestId), at: one.fact.occurredAt, ...expiry(now, REQUEST_LIFE_SECONDS) }];
  });

/** @returns the first event of a request; `undefined` where it is not kept (any more) */
export async function inputOf(table: Pick<Table, "get">, requestId: string): Promise<RequestInput | undefined> {
  const item = await table.get(inputKey(requestId));
  return item && (JSON.parse(String(item.input)) as RequestInput);
}

/** Most requests that are listed as having run a request again. */
export const LISTED_REPETITIONS = 100;

/** @returns ids of the requests that the items name, the first one first */
export const repetitionsIn = (items: readonly Item[]): readonly string[] =>
  items
    .map(({ sk, at }) => ({ by: sk.slice(AGAIN.length), at: String(at) }))
    .sort((a, b) => (`${a.at} ${a.by}` < `${b.at} ${b.by}` ? -1 : 1))
    .map(({ by }) => by);

/** @returns ids of the requests that ran this one again, the first one first; at most 100 */
export async function repetitionsOf(table: Pick<Table, "query">, requestId: string): Promise<readonly string[]> {
  return repetitionsIn(await table.query(summaryKey(requestId).pk, { prefix: AGAIN, last: LISTED_REPETITIONS }));
}
