import { INDEXES, type IndexName, SORT_KEY } from "../protocol/table.ts";
import type { Attributes, Change, Condition, Item, Key, Listed, ListQuery, Table } from "../runtime/ports.ts";

/** The table in memory: its writes are atomic, and before each of them others get their turn. */
export class MemoryTable implements Table {
  readonly items = new Map<string, Item>();
  /** Most items that one page of an index held. */
  largestPage = 0;
  /** Operations so far. */
  readonly calls: (keyof Table)[] = [];
  /** Thrown by the next calls, in turn; `undefined` lets one through. */
  readonly failures: (Error | undefined)[] = [];
  /** Awaited before an item is put, so that a test can let others go first. */
  beforePut: (item: Item) => Promise<void> = async () => {};

  async get({ pk, sk }: Key): Promise<Item | undefined> {
    await this.#turn("get");
    return structuredClone(this.items.get(`${pk}|${sk}`));
  }

  async put(item: Item, condition?: Condition): Promise<boolean> {
    await this.#turn("put");
    await this.beforePut(item);
    const id = `${item.pk}|${item.sk}`;
    if (condition && !holds(condition, this.items.get(id))) return false;
    this.items.set(id, structuredClone(item));
    return true;
  }

  async putAll(items: readonly Item[]): Promise<void> {
    if (items.length === 0) return;
    await this.#turn("putAll");
    for (const item of items) {
      await this.beforePut(item);
      this.items.set(`${item.pk}|${item.sk}`, structuredClone(item));
    }
  }

  async update(
    { pk, sk }: Key,
    { set = {}, setOnce = {}, add = {}, remove = [] }: Change,
    condition?: Condition,
  ): Promise<Item | undefined> {
    await this.#turn("update");
    const id = `${pk}|${sk}`;
    const before = this.items.get(id);
    if (condition && !holds(condition, before)) return undefined;
    const once = Object.fromEntries(Object.entries(setOnce).filter(([name]) => before?.[name] === undefined));
    const added = Object.fromEntries(Object.entries(add).map(([name, value]) => [name, Number(before?.[name] ?? 0) + value]));
    const all = { pk, sk, ...before, ...set, ...once, ...added };
    const item = structuredClone(Object.fromEntries(Object.entries(all).filter(([name]) => !remove.includes(name)))) as Item;
    this.items.set(id, item);
    return structuredClone(item);
  }

  async write(key: Key, change: Change, condition?: Condition): Promise<boolean> {
    return (await this.update(key, change, condition)) !== undefined;
  }

  async query(pk: string, part?: { readonly prefix: string; readonly last: number }): Promise<readonly Item[]> {
    await this.#turn("query");
    const found = [...this.items.values()]
      .filter((item) => item.pk === pk && (!part || item.sk.startsWith(part.prefix)))
      .sort(by(SORT_KEY));
    return (part ? found.toReversed().slice(0, part.last) : found).map((item) => structuredClone(item));
  }

  async remove({ pk, sk }: Key): Promise<void> {
    await this.#turn("remove");
    this.items.delete(`${pk}|${sk}`);
  }

  async listed({ index, bucket, from, to, where = {}, limit, after, oldestFirst = false }: ListQuery): Promise<Listed> {
    await this.#turn("listed");
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    if (from === "" || to === "") throw new TypeError("a key attribute can't be compared with an empty string");
    const { partition, sort } = INDEXES[index];
    const order = oldestFirst ? 1 : -1;
    const place = (item: Attributes) => `${item[sort]} ${item.pk}`;
    const found = [...this.items.values()]
      .filter((item) => item[partition] === bucket && String(item[sort]) >= from && String(item[sort]) <= to)
      .sort((a, b) => (place(a) < place(b) ? -order : order))
      .filter((item) => !after || (oldestFirst ? place(item) > place(after) : place(item) < place(after)));
    const seen = found.slice(0, limit);
    this.largestPage = Math.max(this.largestPage, seen.length);
    const last = seen.length === limit ? seen.at(-1) : undefined;
    return {
      items: seen
        .filter((item) => Object.entries(where).every(([name, value]) => item[name] === value))
        .map((item) => structuredClone(item)),
      end: last && String(last[sort]),
      next: last && structuredClone(last),
    };
  }

  async count(index: IndexName, bucket: string): Promise<number> {
    await this.#turn("count");
    return [...this.items.values()].filter((item) => item[INDEXES[index].partition] === bucket).length;
  }

  /** @returns the one item whose partition key starts so. */
  only(prefix: string): Item {
    const found = [...this.items.values()].filter(({ pk }) => pk.startsWith(prefix));
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} items start with ${prefix}`);
    return found[0];
  }

  async #turn(operation: keyof Table): Promise<void> {
    this.calls.push(operation);
    await new Promise(setImmediate);
    const failure = this.failures.shift();
    if (failure) throw failure;
  }
}

function holds(condition: Condition, item: Attributes | undefined): boolean {
  switch (condition.kind) {
    case "absent":
      return item?.[condition.attribute] === undefined;
    case "all":
      return condition.conditions.every((part) => holds(part, item));
    case "any":
      return condition.conditions.some((part) => holds(part, item));
    case "compare": {
      const found = item?.[condition.attribute];
      const { is, value } = condition;
      if (is === "<>") return found !== value;
      if (typeof found !== typeof value || found === undefined || found === null) return false;
      const order = found < value ? -1 : found > value ? 1 : 0;
      return { "=": order === 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[is];
    }
  }
}

const by = (name: string) => (a: Item, b: Item) =>
  String(a[name]) < String(b[name]) ? -1 : String(a[name]) > String(b[name]) ? 1 : 0;
