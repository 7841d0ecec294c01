import { type Backoff, waitOf } from "./backoff.ts";
import { type Clock, type Table, TableBusyError } from "./ports.ts";

const TRIES = 6;
/** In ms; about two seconds in all, beside what the SDK itself waits. */
const BACKOFF: Backoff = { jitter: "equal", base: 100, cap: 1_000 };

/** A table that tries again while DynamoDB throttles it. @throws TableBusyError when that goes on, and what the table throws */
export function retryingTable({
  table,
  clock,
  random,
}: {
  readonly table: Pick<Table, "get" | "update" | "write">;
  readonly clock: Clock;
  readonly random: () => number;
}): Pick<Table, "get" | "update" | "write"> {
  return {
    get: (key) => withRetries(() => table.get(key)),
    update: (key, change, condition) => withRetries(() => table.update(key, change, condition)),
    write: (key, change, condition) => withRetries(() => table.write(key, change, condition)),
  };

  function withRetries<T>(call: () => Promise<T>, tries = 1): Promise<T> {
    return call().catch(async (error) => {
      if (!(error instanceof TableBusyError) || tries >= TRIES) throw error;
      await clock.sleep(waitOf(BACKOFF, tries, random()));
      return withRetries(call, tries + 1);
    });
  }
}
