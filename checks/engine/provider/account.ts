import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Held {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly marks: Marks;
}

/** Form of a reference in the inputs of dependent resources. */
export interface Marks {
  /** Anywhere in a string, such as a policy. */
  readonly arn?: string;
  /** As a whole string. */
  readonly names: readonly string[];
}

/** Resource types that AWS deletes with their parents. */
const GO_ALONG = new Set(["aws:dynamodb/tableItem:TableItem", "aws:secretsmanager/secretVersion:SecretVersion"]);

/**
 * Existing resources, one file each: every command of the engine starts the provider anew, and one command may run several providers at
 * once.
 */
export class Account {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  get all(): readonly Held[] {
    return readdirSync(this.#dir)
      .filter((file) => file.endsWith(".json"))
      .flatMap((file) => heldIn(join(this.#dir, file)));
  }

  has(type: string, id: string): boolean {
    return existsSync(this.#file(type, id));
  }

  put(held: Held): void {
    const file = this.#file(held.type, held.id);
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(held));
    renameSync(`${file}.${process.pid}`, file);
  }

  /** @throws Error while another resource needs it, as AWS does; it shows a wrong order of deletion */
  delete(type: string, id: string): void {
    if (!this.has(type, id)) throw new Error(`there is no ${type} ${id}`);
    const gone = JSON.parse(readFileSync(this.#file(type, id), "utf8")) as Held;
    const needing = this.all.filter((other) => other.urn !== gone.urn && needs(other.inputs, gone.marks));
    const blocking = needing.filter((other) => !GO_ALONG.has(other.type));
    if (blocking.length > 0)
      throw new Error(`${gone.urn} is needed by ${blocking.map(({ urn }) => urn).join(", ")}. Delete these first.`);
    for (const other of [gone, ...needing]) rmSync(this.#file(other.type, other.id));
  }

  /** Keeps a name taken, although its resource is deleted. */
  reserve(type: string, name: string): void {
    writeFileSync(`${this.#file(type, name)}.reserved`, "");
  }

  isReserved(type: string, name: string): boolean {
    return existsSync(`${this.#file(type, name)}.reserved`);
  }

  #file(type: string, id: string): string {
    return join(this.#dir, `${createHash("sha256").update(`${type} ${id}`).digest("hex")}.json`);
  }
}

/** @returns nothing when another provider has deleted the file meanwhile */
function heldIn(file: string): readonly Held[] {
  try {
    return [JSON.parse(readFileSync(file, "utf8")) as Held];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function needs(value: unknown, marks: Marks): boolean {
  if (typeof value === "string") return marks.names.includes(value) || (marks.arn !== undefined && namesArn(value, marks.arn));
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((held) => needs(held, marks));
}

/** The ARN of a function `a` is a prefix of that of a function `a-b`, which does not refer to it. */
const namesArn = (text: string, arn: string) =>
  text
    .split(arn)
    .slice(1)
    .some((rest) => !/^[\w-]/.test(rest));
