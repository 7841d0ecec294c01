import { compilePattern, type EventTest, parsePattern } from "./pattern.ts";

/** The event fields that the index uses. */
interface Indexed {
  readonly source: string;
  readonly "detail-type": string;
}
interface Entry<Rule> {
  readonly rule: Rule;
  readonly test: EventTest;
}

/**
 * Finds the rules that match an event. Rules whose pattern lists exact sources and detail-types are looked up by these, so the time does
 * not grow with their number. Other rules are tested one by one.
 */
export class RuleIndex<Rule> {
  /** By source and detail-type; either can be `ANY`. */
  readonly #buckets = new Map<string, Entry<Rule>[]>();

  /** @throws PatternError */
  add(rule: Rule, pattern: string | object): void {
    const entry = { rule, test: compilePattern(pattern) };
    const { source, "detail-type": detailType, $or } = parsePattern(pattern);
    // A condition within an `$or` can replace the field's condition beside it, so that condition can't be indexed.
    const [sources, detailTypes] = $or === undefined ? [exactTexts(source), exactTexts(detailType)] : [[ANY], [ANY]];
    for (const key of keysFor(sources, detailTypes)) {
      const bucket = this.#buckets.get(key) ?? [];
      bucket.push(entry);
      this.#buckets.set(key, bucket);
    }
  }

  /** The matching rules, each once, in no particular order. */
  match(event: Indexed): Rule[] {
    const { source, "detail-type": detailType } = event;
    const keys = [keyOf(source, detailType), keyOf(source, ANY), keyOf(ANY, detailType), keyOf(ANY, ANY)];
    // A rule is in several buckets only under different sources or detail-types. An event has one of each, so no rule is found twice.
    return keys.flatMap((key) => (this.#buckets.get(key) ?? []).filter(({ test }) => test(event)).map(({ rule }) => rule));
  }
}

const ANY = null;
const keyOf = (source: string | null, detailType: string | null) => JSON.stringify([source, detailType]);

const keysFor = (sources: readonly (string | null)[], detailTypes: readonly (string | null)[]): Set<string> =>
  new Set(sources.flatMap((source) => detailTypes.map((detailType) => keyOf(source, detailType))));

/** The strings that a field is compared with; `ANY` when the condition is not a list of strings. */
function exactTexts(wanted: unknown): readonly (string | null)[] {
  return Array.isArray(wanted) && wanted.every((value) => typeof value === "string") ? (wanted as string[]) : [ANY];
}
