import { RuleIndex } from "../emulator/events/rule-index.ts";
import { cpuOf } from "./pipeline.ts";

/** A matcher of event patterns. */
export interface Matching {
  /** Takes the rules; returns the numbers of those that match, ascending, for each event. */
  readonly load: (patterns: readonly string[], events: readonly string[]) => Promise<readonly (readonly number[])[]>;
  /** Matches the events in turn, `times` in all; returns microseconds of processor time an event. */
  readonly run: (times: number) => Promise<number>;
}

/** The hub's matcher, from the event's text on, as event-ruler takes it. @param Index another commit's, to compare with */
export function hubMatching(Index = RuleIndex): Matching {
  let index = new Index<number>();
  let texts: readonly string[] = [];
  const matches = (text: string) => index.match(JSON.parse(text) as object);
  return {
    load: async (patterns, events) => {
      index = new Index();
      for (const [i, pattern] of patterns.entries()) index.add(i, pattern);
      texts = events;
      return events.map((text) => matches(text).sort((a, b) => a - b));
    },
    run: (times) => cpuOfEach(times, texts, matches),
  };
}

/** @returns microseconds of processor time an event, of `times` events in turn */
export function cpuOfEach(times: number, events: readonly string[], match: (event: string) => unknown): Promise<number> {
  let n = 0;
  return cpuOf(times, async () => {
    match(events[n % events.length] ?? "{}");
    n += 1;
  });
}
