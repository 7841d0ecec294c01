import { type Alternative, alternativesOf, type EventTest, isAbsent } from "./pattern.ts";
import { isObject } from "./pattern-operators.ts";
import { type Bucket, type Key, keysOf, ValueIndex } from "./value-index.ts";

/**
 * Finds the rules that match an event. The time grows with the rules that match, and hardly with those that don't: each alternative of a
 * rule is found by its most selective condition, whatever its operator, and is then tested as a whole.
 */
export class RuleIndex<Rule> {
  readonly #entries: Entry<Rule>[] = [];
  #index: ConditionIndex<Rule> | undefined;

  /** @throws PatternError */
  add(rule: Rule, pattern: string | object): void {
    for (const { test, conditions } of alternativesOf(pattern))
      this.#entries.push({ rule, test, conditions: conditions.flatMap(indexable) });
    this.#index = undefined;
  }

  /** The matching rules, each once, in no particular order. */
  match(event: object): Rule[] {
    this.#index ??= new ConditionIndex(this.#entries);
    const matching = new Set<Rule>();
    this.#index.visit(event, new Set(), ({ rule, test }) => {
      if (!matching.has(rule) && test(event)) matching.add(rule);
    });
    return [...matching];
  }
}

/** An alternative of a rule, with the conditions that it can be found by. */
interface Entry<Rule> {
  readonly rule: Rule;
  readonly test: EventTest;
  readonly conditions: readonly Condition[];
}
interface Condition {
  readonly path: readonly string[];
  /** Of each element of the pattern's array, one of which a value has to match. */
  readonly keys: readonly (readonly Key[])[];
}

/** A dot in a name can also separate nested fields; such a condition is only tested. */
const indexable = ({ path, elements }: Alternative["conditions"][number]): readonly Condition[] =>
  path.some((field) => field.includes(".")) ? [] : [{ path, keys: elements.map(keysOf) }];

/** A field that conditions name. */
class Field<Rule> {
  readonly index = new ValueIndex<Entry<Rule>>();
  readonly fields = new Map<string, Field<Rule>>();
}

/** Up to so many fields are looked up in an event one by one; of more, the event's own are looked up here. */
const FEW_FIELDS = 8;
/** A bucket with more is an index of its own, by the entries' other conditions. */
const FEW_ENTRIES = 8;

class ConditionIndex<Rule> {
  readonly #root = new Field<Rule>();
  readonly #absent = new Map<string, { readonly path: readonly string[]; readonly entries: Entry<Rule>[] }>();
  readonly #others: Entry<Rule>[] = [];
  readonly #nested = new Map<Bucket<Entry<Rule>>, ConditionIndex<Rule>>();

  constructor(entries: readonly Entry<Rule>[]) {
    const costs = new Costs(entries);
    for (const entry of entries) this.#add(entry, costs);
    this.#nest(this.#root);
  }

  #add(entry: Entry<Rule>, costs: Costs): void {
    const [condition] = costs.cheapest(entry.conditions);
    if (!condition) {
      this.#others.push(entry);
      return;
    }
    const { path, keys } = condition;
    const rest = { ...entry, conditions: entry.conditions.filter((other) => other !== condition) };
    for (const key of keys.map((choice) => costs.cheapestKey(path, choice))) {
      if (key.at === "absent") this.#absentAt(path).push(rest);
      else this.#fieldAt(path).index.add(key, rest);
    }
  }

  #fieldAt(path: readonly string[]): Field<Rule> {
    return path.reduce((field, name) => {
      const inner = field.fields.get(name) ?? new Field<Rule>();
      field.fields.set(name, inner);
      return inner;
    }, this.#root);
  }

  #absentAt(path: readonly string[]): Entry<Rule>[] {
    const id = path.join(".");
    const absent = this.#absent.get(id) ?? { path, entries: [] };
    this.#absent.set(id, absent);
    return absent.entries;
  }

  #nest(field: Field<Rule>): void {
    for (const bucket of field.index.buckets())
      if (bucket.entries.length > FEW_ENTRIES && bucket.entries.some(({ conditions }) => conditions.length > 0))
        this.#nested.set(bucket, new ConditionIndex(bucket.entries));
    for (const inner of field.fields.values()) this.#nest(inner);
  }

  /** @param seen buckets that were visited for this event @param found gets each entry that the event may match */
  visit(event: object, seen: Set<Bucket<Entry<Rule>>>, found: (entry: Entry<Rule>) => void): void {
    this.#visitField(this.#root, event, (bucket) => {
      if (seen.has(bucket)) return;
      seen.add(bucket);
      const nested = this.#nested.get(bucket);
      if (nested) nested.visit(event, seen, found);
      else bucket.entries.forEach(found);
    });
    for (const { path, entries } of this.#absent.values()) if (isAbsent(event, path)) entries.forEach(found);
    this.#others.forEach(found);
  }

  #visitField(field: Field<Rule>, value: unknown, found: (bucket: Bucket<Entry<Rule>>) => void): void {
    if (Array.isArray(value)) for (const element of value) this.#visitField(field, element, found);
    else if (!isObject(value)) field.index.find(value, found);
    else if (field.fields.size > FEW_FIELDS) {
      for (const name of Object.keys(value)) {
        const inner = field.fields.get(name);
        if (inner) this.#visitField(inner, value[name], found);
      }
    } else for (const [name, inner] of field.fields) if (Object.hasOwn(value, name)) this.#visitField(inner, value[name], found);
  }
}

/** How dear a lookup is where several kinds of key find equally few. */
const DEARNESS: Readonly<Record<Key["at"], number>> = {
  ...{ whole: 0, scalar: 0, network: 0.1, start: 0.2, end: 0.2, range: 0.3, inside: 0.4, other: 0.5, absent: 0.6 },
};

/** How many entries a lookup by each key would find. */
class Costs {
  readonly #counts = new Map<string, number>();

  constructor(entries: readonly { readonly conditions: readonly Condition[] }[]) {
    for (const { conditions } of entries)
      for (const { path, keys } of conditions)
        for (const key of keys.flat()) {
          const id = idOf(path, key);
          this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
        }
  }

  /** The condition with the lowest cost; nothing when there is none. */
  cheapest(conditions: readonly Condition[]): readonly Condition[] {
    const cost = ({ path, keys }: Condition) =>
      keys.reduce((sum, choice) => sum + this.#cost(path, this.cheapestKey(path, choice)), 0);
    return lowest(conditions, cost);
  }

  cheapestKey(path: readonly string[], keys: readonly Key[]): Key {
    const [key = { at: "absent" }] = lowest(keys, (key) => this.#cost(path, key));
    return key;
  }

  #cost(path: readonly string[], key: Key): number {
    return (this.#counts.get(idOf(path, key)) ?? 0) + DEARNESS[key.at];
  }
}

/** Keys that the same values meet have the same id; an `anything-but` and an open range are met by most values. */
function idOf(path: readonly string[], key: Key): string {
  const open = key.at === "range" && !(Number.isFinite(key.low) && Number.isFinite(key.high));
  return JSON.stringify([path, key.at === "other" || open ? key.at : key]);
}

function lowest<Item>(items: readonly Item[], costOf: (item: Item) => number): readonly Item[] {
  if (items.length < 2) return items;
  const [first] = items.map((item) => ({ item, cost: costOf(item) })).sort((a, b) => a.cost - b.cost);
  return first ? [first.item] : [];
}
