import type { Attributes, Change, Condition, Item, Key, Listed, ListQuery, Table } from "../runtime/ports.ts";

/** The table in memory: its writes are atomic, and before each of them others get their turn. */
export class MemoryTable implements Table {
  readonly items = new Map<string, Item>();
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

  async update({ pk, sk }: Key, { set = {}, setOnce = {}, add = {} }: Change, condition?: Condition): Promise<Item | undefined> {
    await this.#turn("update");
    const id = `${pk}|${sk}`;
    const before = this.items.get(id);
    if (condition && !holds(condition, before)) return undefined;
    const once = Object.fromEntries(Object.entries(setOnce).filter(([name]) => before?.[name] === undefined));
    const added = Object.fromEntries(Object.entries(add).map(([name, value]) => [name, Number(before?.[name] ?? 0) + value]));
    const item: Item = structuredClone({ pk, sk, ...before, ...set, ...once, ...added });
    this.items.set(id, item);
    return structuredClone(item);
  }

  async query(pk: string, part?: { readonly prefix: string; readonly last: number }): Promise<readonly Item[]> {
    await this.#turn("query");
    const found = [...this.items.values()]
      .filter((item) => item.pk === pk && (!part || item.sk.startsWith(part.prefix)))
      .sort(by("sk"));
    return (part ? found.toReversed().slice(0, part.last) : found).map((item) => structuredClone(item));
  }

  async remove({ pk, sk }: Key): Promise<void> {
    await this.#turn("remove");
    this.items.delete(`${pk}|${sk}`);
  }

  async deadLetters(bucket: string, limit: number): Promise<readonly Item[]> {
    await this.#turn("deadLetters");
    return [...this.items.values()]
      .filter((item) => item.letterBucket === bucket)
      .sort((a, b) => by("letterAt")(b, a))
      .slice(0, limit)
      .map((item) => structuredClone(item));
  }

  async listed({ index, bucket, from, to, where, limit }: ListQuery): Promise<Listed> {
    await this.#turn("listed");
    const partition = index === "byTenant" ? "listedIn" : "correlatedIn";
    const found = [...this.items.values()]
      .filter((item) => item[partition] === bucket && String(item.listedAt) >= from && String(item.listedAt) <= to)
      .sort((a, b) => by("listedAt")(b, a));
    const seen = found.slice(0, limit);
    return {
      items: seen.filter((item) => Object.entries(where).every(([name, value]) => item[name] === value)),
      end: seen.length === limit ? String(seen.at(-1)?.listedAt) : undefined,
    };
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
