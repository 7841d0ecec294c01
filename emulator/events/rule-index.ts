import { compilePattern, type EventTest, parsePattern } from "./pattern.ts";

/** The fields of an event that rules are looked up by. */
interface Indexed {
  readonly source: string;
  readonly "detail-type": string;
}
interface Entry<Rule> {
  readonly rule: Rule;
  readonly test: EventTest;
}

/**
 * Finds the rules that an event matches, in time that doesn't grow with the number of rules: those whose pattern lists exact sources
 * and detail-types, as a step's does, are looked up by them; only the few others are tried one by one.
 */
export class RuleIndex<Rule> {
  /** By source and detail-type, of which either can be `ANY`. */
  readonly #buckets = new Map<string, Entry<Rule>[]>();

  /** @throws PatternError */
  add(rule: Rule, pattern: string | object): void {
    const entry = { rule, test: compilePattern(pattern) };
    const { source, "detail-type": detailType, $or } = parsePattern(pattern);
    // What an `$or` says of a field replaces what stands beside it, so the field beside it decides nothing.
    const [sources, detailTypes] = $or === undefined ? [exactTexts(source), exactTexts(detailType)] : [[ANY], [ANY]];
    for (const key of keysFor(sources, detailTypes)) {
      const bucket = this.#buckets.get(key) ?? [];
      bucket.push(entry);
      this.#buckets.set(key, bucket);
    }
  }

  /** In no particular order, each once. */
  match(event: Indexed): Rule[] {
    const { source, "detail-type": detailType } = event;
    const keys = [keyOf(source, detailType), keyOf(source, ANY), keyOf(ANY, detailType), keyOf(ANY, ANY)];
    // A rule is in several buckets only under different sources or detail-types, and an event has one of each.
    return keys.flatMap((key) => (this.#buckets.get(key) ?? []).filter(({ test }) => test(event)).map(({ rule }) => rule));
  }
}

const ANY = null;
const keyOf = (source: string | null, detailType: string | null) => JSON.stringify([source, detailType]);

const keysFor = (sources: readonly (string | null)[], detailTypes: readonly (string | null)[]): Set<string> =>
  new Set(sources.flatMap((source) => detailTypes.map((detailType) => keyOf(source, detailType))));

/** The texts that a field is compared with, or `ANY` when its pattern isn't a list of texts. */
function exactTexts(wanted: unknown): readonly (string | null)[] {
  return Array.isArray(wanted) && wanted.every((value) => typeof value === "string") ? (wanted as string[]) : [ANY];
}
