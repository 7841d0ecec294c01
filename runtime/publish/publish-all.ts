import { type Backoff, retrying } from "../backoff.ts";
import { RetryableError } from "../errors.ts";
import { BYTES_PER_CALL, ENTRIES_PER_CALL, fits, QUICK_RETRY_MS } from "../limits.ts";
import type { Bus, Clock, Entry } from "../ports.ts";
import { recordEntries } from "../tracing/record-entries.ts";
import { countedTexts, sizeOf } from "./entries.ts";

const BACKOFF: Backoff = { jitter: "equal", base: 100, cap: QUICK_RETRY_MS };

/**
 * Publishes all entries; tries those that the bus refuses again, for up to 2 seconds in all.
 * @throws RetryableError `PUBLISH_FAILED` when the bus still refuses some
 */
export async function publishAll(
  services: { readonly bus: Bus; readonly clock: Clock; readonly random: () => number },
  entries: readonly Entry[],
): Promise<void> {
  let outcome: Outcome | undefined;
  const published = await retrying(services, BACKOFF, { withinMs: QUICK_RETRY_MS }, async () => {
    outcome = await attempt(services.bus, outcome?.left ?? entries);
    return outcome === undefined || undefined;
  });
  if (published) return recordEntries(entries);
  const { left = entries, codes = [], cause } = outcome ?? {};
  throw new RetryableError(
    "PUBLISH_FAILED",
    `the bus refused ${left.length} of ${entries.length} events (${codes.join(", ")}). They are published again.`,
    { cause },
  );
}

interface Outcome {
  readonly left: readonly Entry[];
  readonly codes: readonly string[];
  readonly cause: unknown;
}

/** @returns `undefined` when all are published */
async function attempt(bus: Bus, entries: readonly Entry[]): Promise<Outcome | undefined> {
  const left: Entry[] = [];
  const codes: string[] = [];
  let cause: unknown;
  for (const chunk of chunks(entries)) {
    try {
      const refused = await bus.put(chunk);
      chunk.forEach((entry, i) => {
        const code = refused[i];
        if (code === undefined) return;
        left.push(entry);
        codes.push(code);
      });
    } catch (error) {
      left.push(...chunk);
      codes.push(error instanceof Error ? error.name : "Error");
      cause = error;
    }
  }
  return left.length === 0 ? undefined : { left, codes: [...new Set(codes)], cause };
}

/** Splits entries, in order, into as few calls as the limits on entries and bytes allow. */
function chunks(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  if (entries.length <= ENTRIES_PER_CALL && fits(entries.flatMap(countedTexts), BYTES_PER_CALL)) return [entries];
  const found: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeOf(entry);
    const current = found.at(-1);
    if (current && current.length < ENTRIES_PER_CALL && bytes + size <= BYTES_PER_CALL) {
      current.push(entry);
      bytes += size;
    } else {
      found.push([entry]);
      bytes = size;
    }
  }
  return found;
}
