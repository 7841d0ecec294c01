import { existsSync, readFileSync, writeFileSync } from "node:fs";

interface Held {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What the inputs of others hold while they need it. */
  readonly marks: readonly string[];
}

/** Kinds that AWS deletes with what holds them. */
const GO_ALONG = new Set(["aws:dynamodb/tableItem:TableItem"]);

/** What the stand-in has made and not deleted, in a file: each command of the engine starts the provider anew. */
export class Account {
  readonly #file: string;
  readonly #held: Map<string, Held>;

  constructor(file: string) {
    this.#file = file;
    const text = existsSync(file) ? readFileSync(file, "utf8") : "[]";
    this.#held = new Map((JSON.parse(text) as Held[]).map((held) => [keyOf(held.type, held.id), held]));
  }

  /** All there is, oldest first. */
  get all(): readonly Held[] {
    return [...this.#held.values()];
  }

  has(type: string, id: string): boolean {
    return this.#held.has(keyOf(type, id));
  }

  put(held: Held): void {
    this.#held.set(keyOf(held.type, held.id), held);
    this.#save();
  }

  /** @throws Error while something else needs it, as AWS refuses: what the program's order of deletion got wrong */
  delete(type: string, id: string): void {
    const gone = this.#held.get(keyOf(type, id));
    if (!gone) throw new Error(`there is no ${type} ${id}`);
    const needing = this.all.filter(
      (other) => other !== gone && gone.marks.some((mark) => JSON.stringify(other.inputs).includes(mark)),
    );
    const blocking = needing.filter((other) => !GO_ALONG.has(other.type));
    if (blocking.length > 0)
      throw new Error(`${gone.urn} is needed by ${blocking.map(({ urn }) => urn).join(", ")}. Delete these first.`);
    for (const other of [gone, ...needing]) this.#held.delete(keyOf(other.type, other.id));
    this.#save();
  }

  #save() {
    writeFileSync(this.#file, JSON.stringify(this.all));
  }
}

const keyOf = (type: string, id: string) => `${type} ${id}`;
