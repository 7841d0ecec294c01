import { RECORD_LIFE_SECONDS } from "../../../../protocol/limits.ts";
import { deliveryPieceKey, expiry } from "../../../../protocol/table.ts";
import { fits } from "../../../limits.ts";
import type { Clock, Entry, Item, Key, Table } from "../../../ports.ts";

/** Characters of ASCII per piece: below the 400 KB of an item. */
const PIECE = 300_000;

/**
 * Entries of a delivery that its record can't hold: items of their own beside it. An attempt writes them under its own name before the
 * record that points to them, so attempts that race don't mix theirs.
 */
export function entryPieces({ table, clock }: { readonly table: Pick<Table, "get" | "write">; readonly clock: Clock }) {
  return {
    /**
     * @param room bytes that the record has for them
     * @returns what the record holds of the entries
     */
    async store(
      record: Key,
      owner: string,
      entries: readonly Entry[],
      room: number,
    ): Promise<Readonly<Record<string, string | number>>> {
      const text = JSON.stringify(entries);
      if (fits([text], room)) return { entries: text };
      // In JSON of ASCII alone a cut can't part a surrogate pair.
      const ascii = text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
      const count = Math.ceil(ascii.length / PIECE);
      for (let i = 0; i < count; i += 1) {
        const piece = { text: ascii.slice(i * PIECE, (i + 1) * PIECE), ...expiry(clock.now(), RECORD_LIFE_SECONDS) };
        await table.write(deliveryPieceKey(record, owner, i), { set: piece });
      }
      return { entryPieces: count, entryOwner: owner };
    },

    /** @throws Error when a piece is missing */
    async load(item: Item): Promise<readonly Entry[]> {
      if (item.entryPieces === undefined) return item.entries === undefined ? [] : (JSON.parse(String(item.entries)) as Entry[]);
      const texts: string[] = [];
      for (let i = 0; i < Number(item.entryPieces); i += 1) {
        const piece = await table.get(deliveryPieceKey(item, String(item.entryOwner), i));
        if (!piece)
          throw new Error(
            `piece ${i} of ${item.entryPieces} of the result is missing. Another process may be writing to this table.`,
          );
        texts.push(String(piece.text));
      }
      return JSON.parse(texts.join("")) as Entry[];
    },
  };
}
