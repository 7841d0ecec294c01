import { type Amount, MODULUS } from "../model/ledger/tally.ts";
import { hashOf } from "./ids.ts";

/** Events by their number and a sum over their ids. */
export const amountOf = (eventIds: readonly string[]): Amount => ({
  count: eventIds.length,
  sum: eventIds.reduce((sum, eventId) => (sum + Number.parseInt(hashOf([eventId]).slice(0, 12), 16)) % MODULUS, 0),
});
