import { isIP } from "node:net";
import { isObject } from "./pattern-operators.ts";

type Place = "whole" | "start" | "end" | "inside";

/** What an index looks a value up by: whatever meets the element of a pattern that the key is of, meets the key. */
export type Key =
  | { readonly at: "scalar"; readonly value: unknown }
  | { readonly at: Place; readonly text: string; readonly folded: boolean }
  /** Both ends included. */
  | { readonly at: "range"; readonly low: number; readonly high: number }
  /** The first bits of an IPv6 address, as a decimal number; those of IPv4 stand under ::ffff:0:0. */
  | { readonly at: "network"; readonly network: string; readonly bits: number }
  /** Any value but those that meet one of these. */
  | { readonly at: "other"; readonly but: readonly Key[] }
  | { readonly at: "absent" };

/** Longer texts within a text are looked up by their beginning, so that few lengths are tried at each place of it. */
const LONGEST_INSIDE = 32;

/**
 * @param element of a pattern's array, which `leafMatcher` accepts
 * @returns its keys: each alone finds all values that match the element
 */
export function keysOf(element: unknown): readonly Key[] {
  if (!isObject(element)) return [scalar(element)];
  const [[operator = "", argument] = []] = Object.entries(element);
  switch (operator) {
    case "exists":
      return [argument ? { at: "other", but: [] } : { at: "absent" }];
    case "anything-but":
      return [{ at: "other", but: exceptionsOf(argument) }];
    case "numeric":
      return [rangeOf(argument as readonly unknown[])];
    case "cidr":
      return [networkOf(String(argument))];
    case "wildcard":
      return literalsOf(String(argument));
    default:
      return [textKey(operator, argument)];
  }
}

const scalar = (value: unknown): Key =>
  typeof value === "string" ? { at: "whole", text: value, folded: false } : { at: "scalar", value };

function textKey(operator: string, argument: unknown): Key {
  const folded = operator === "equals-ignore-case" || isObject(argument);
  const text = String(isObject(argument) ? argument["equals-ignore-case"] : argument);
  const at = operator === "prefix" ? "start" : operator === "suffix" ? "end" : "whole";
  return { at, folded, text: folded ? text.toLowerCase() : text };
}

/** Of `anything-but`. Wildcards have no key that finds exactly what they match, so they except nothing here. */
function exceptionsOf(argument: unknown): readonly Key[] {
  if (!isObject(argument)) return [argument].flat().map(scalar);
  const [[operator = "", texts] = []] = Object.entries(argument);
  return operator === "wildcard" ? [] : [texts].flat().map((text) => textKey(operator, text));
}

function rangeOf(argument: readonly unknown[]): Key {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < argument.length; i += 2) {
    const [compare, limit] = [String(argument[i]), Number(argument[i + 1])];
    if (!compare.startsWith("<")) low = Math.max(low, limit);
    if (!compare.startsWith(">")) high = Math.min(high, limit);
  }
  return low === high ? scalar(low) : { at: "range", low, high };
}

function networkOf(cidr: string): Key {
  const [address = "", length] = cidr.split("/");
  const bits = Number(length) + (isIP(address) === 4 ? 96 : 0);
  return { at: "network", bits, network: firstBits(addressOf(address) ?? 0n, bits) };
}

const firstBits = (address: bigint, bits: number) => String(address >> BigInt(128 - bits));

/** @returns 128 bits; undefined when the text is no address */
function addressOf(text: string): bigint | undefined {
  const version = isIP(text);
  if (version === 0) return undefined;
  if (version === 4) return 0xffff_0000_0000n | ipv4(text);
  const [address = ""] = text.split("%");
  const hex = address.replace(/[\d.]+$/, (tail) => {
    if (!tail.includes(".")) return tail;
    const number = ipv4(tail);
    return `${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}`;
  });
  const [before = [], after = []] = hex.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

const ipv4 = (text: string) => text.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);

/** A wildcard's literal texts: its beginning, its end, and the longest one within it. */
function literalsOf(pattern: string): readonly Key[] {
  const texts: string[] = [];
  let text = "";
  for (const [token] of pattern.matchAll(/\\[*\\]|./gs)) {
    if (token === "*") {
      texts.push(text);
      text = "";
    } else text += token.at(-1);
  }
  texts.push(text);
  const [start = "", ...rest] = texts;
  if (rest.length === 0) return [scalar(start)];
  const end = rest.at(-1) ?? "";
  const longest = texts.reduce((a, b) => (b.length > a.length ? b : a)).slice(0, LONGEST_INSIDE);
  const keys: readonly Key[] = [
    { at: "start", text: start, folded: false },
    { at: "end", text: end, folded: false },
    { at: "inside", text: longest, folded: false },
  ];
  const telling = keys.filter((key) => "text" in key && key.text !== "");
  return telling.length > 0 ? telling : [{ at: "start", text: "", folded: false }];
}

/** What has the same key. */
export interface Bucket<Entry> {
  readonly entries: Entry[];
}

/** The keys of one field, so that a value finds what has a key that it meets without a look at the others. */
export class ValueIndex<Entry> {
  readonly #scalars = new Map<unknown, Bucket<Entry>>();
  readonly #texts = new Map<string, TextIndex<Entry>>();
  readonly #ranges = new RangeIndex<Entry>();
  /** By their number of bits. */
  readonly #networks = new Map<number, Map<string, Bucket<Entry>>>();
  readonly #others = new Map<string, Bucket<Entry>>();
  #exceptions: ValueIndex<Bucket<Entry>> | undefined;

  /** @param key other than `absent`, which no value meets */
  add(key: Key, entry: Entry): void {
    this.#bucketOf(key)?.entries.push(entry);
  }

  #bucketOf(key: Key): Bucket<Entry> | undefined {
    switch (key.at) {
      case "absent":
        return undefined;
      case "scalar":
        return bucketIn(this.#scalars, key.value);
      case "range":
        return this.#ranges.bucketOf(key.low, key.high);
      case "network": {
        const networks = this.#networks.get(key.bits) ?? new Map<string, Bucket<Entry>>();
        this.#networks.set(key.bits, networks);
        return bucketIn(networks, key.network);
      }
      case "other":
        return this.#other(key.but);
      default: {
        const name = `${key.at} ${key.folded}`;
        const texts = this.#texts.get(name) ?? new TextIndex<Entry>(key.at, key.folded);
        this.#texts.set(name, texts);
        return texts.bucketOf(key.text);
      }
    }
  }

  #other(but: readonly Key[]): Bucket<Entry> {
    const id = JSON.stringify(but);
    const known = this.#others.get(id);
    if (known) return known;
    const bucket = bucketIn(this.#others, id);
    this.#exceptions ??= new ValueIndex();
    for (const key of but) this.#exceptions.add(key, bucket);
    return bucket;
  }

  /** @param value a scalar @param found gets each bucket with a key that the value meets, some of them more than once */
  find(value: unknown, found: (bucket: Bucket<Entry>) => void): void {
    const same = this.#scalars.get(value);
    if (same) found(same);
    if (typeof value === "number") this.#ranges.find(value, found);
    if (typeof value === "string") this.#findText(value, found);
    if (this.#others.size > 0) this.#findOthers(value, found);
  }

  #findText(text: string, found: (bucket: Bucket<Entry>) => void): void {
    for (const texts of this.#texts.values()) texts.find(text, found);
    const address = this.#networks.size > 0 ? addressOf(text) : undefined;
    if (address === undefined) return;
    for (const [bits, networks] of this.#networks) {
      const bucket = networks.get(firstBits(address, bits));
      if (bucket) found(bucket);
    }
  }

  #findOthers(value: unknown, found: (bucket: Bucket<Entry>) => void): void {
    const excepted = new Set<Bucket<Entry>>();
    this.#exceptions?.find(value, ({ entries }) => {
      for (const bucket of entries) excepted.add(bucket);
    });
    if (excepted.size === this.#others.size) return;
    for (const bucket of this.#others.values()) if (!excepted.has(bucket)) found(bucket);
  }

  /** All buckets. */
  *buckets(): Iterable<Bucket<Entry>> {
    yield* this.#scalars.values();
    for (const texts of this.#texts.values()) yield* texts.buckets();
    yield* this.#ranges.buckets();
    for (const networks of this.#networks.values()) yield* networks.values();
    yield* this.#others.values();
  }
}

function bucketIn<Name, Entry>(buckets: Map<Name, Bucket<Entry>>, name: Name): Bucket<Entry> {
  const bucket = buckets.get(name) ?? { entries: [] };
  buckets.set(name, bucket);
  return bucket;
}

/** Texts that a value has at one place. Lookups are as many as there are lengths of these texts, at each place within it. */
class TextIndex<Entry> {
  readonly #place: Place;
  readonly #folded: boolean;
  readonly #buckets = new Map<string, Bucket<Entry>>();
  readonly #lengths = new Set<number>();

  constructor(place: Place, folded: boolean) {
    this.#place = place;
    this.#folded = folded;
  }

  bucketOf(text: string): Bucket<Entry> {
    this.#lengths.add(text.length);
    return bucketIn(this.#buckets, text);
  }

  buckets(): Iterable<Bucket<Entry>> {
    return this.#buckets.values();
  }

  find(value: string, found: (bucket: Bucket<Entry>) => void): void {
    const text = this.#folded ? value.toLowerCase() : value;
    if (this.#place === "whole") this.#look(text, found);
    else for (const length of this.#lengths) this.#lookFor(length, text, found);
  }

  #lookFor(length: number, text: string, found: (bucket: Bucket<Entry>) => void): void {
    const last = text.length - length;
    const from = this.#place === "end" ? Math.max(last, 0) : 0;
    const to = this.#place === "start" ? Math.min(last, 0) : last;
    for (let at = from; at <= to; at += 1) this.#look(text.slice(at, at + length), found);
  }

  #look(text: string, found: (bucket: Bucket<Entry>) => void): void {
    const bucket = this.#buckets.get(text);
    if (bucket) found(bucket);
  }
}

interface Range<Entry> {
  readonly low: number;
  readonly high: number;
  readonly bucket: Bucket<Entry>;
}

/** Ranges of numbers as a balanced tree: a lookup takes the logarithm of their number, and each range found. */
class RangeIndex<Entry> {
  readonly #ranges = new Map<string, Range<Entry>>();
  /** By their lower ends; the middle one is the root of the tree, those before and after it are its branches. */
  #sorted: readonly Range<Entry>[] | undefined;
  /** The highest end in the branch of the range at the same place. */
  #highest: number[] = [];

  bucketOf(low: number, high: number): Bucket<Entry> {
    const id = `${low} ${high}`;
    const range = this.#ranges.get(id) ?? { low, high, bucket: { entries: [] } };
    this.#ranges.set(id, range);
    this.#sorted = undefined;
    return range.bucket;
  }

  *buckets(): Iterable<Bucket<Entry>> {
    for (const { bucket } of this.#ranges.values()) yield bucket;
  }

  find(value: number, found: (bucket: Bucket<Entry>) => void): void {
    if (this.#ranges.size === 0) return;
    const sorted = this.#sorted ?? [...this.#ranges.values()].sort((a, b) => a.low - b.low);
    if (!this.#sorted) {
      this.#sorted = sorted;
      this.#highest = [];
      this.#measure(sorted, 0, sorted.length);
    }
    this.#findIn(sorted, 0, sorted.length, value, found);
  }

  #measure(sorted: readonly Range<Entry>[], from: number, to: number): number {
    if (from >= to) return Number.NEGATIVE_INFINITY;
    const middle = (from + to) >> 1;
    const own = sorted[middle]?.high ?? 0;
    const highest = Math.max(own, this.#measure(sorted, from, middle), this.#measure(sorted, middle + 1, to));
    this.#highest[middle] = highest;
    return highest;
  }

  #findIn(
    sorted: readonly Range<Entry>[],
    from: number,
    to: number,
    value: number,
    found: (bucket: Bucket<Entry>) => void,
  ): void {
    const middle = (from + to) >> 1;
    const range = sorted[middle];
    if (from >= to || !range || (this.#highest[middle] ?? 0) < value) return;
    this.#findIn(sorted, from, middle, value, found);
    if (range.low > value) return;
    if (range.high >= value) found(range.bucket);
    this.#findIn(sorted, middle + 1, to, value, found);
  }
}
