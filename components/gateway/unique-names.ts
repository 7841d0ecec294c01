import { createHash } from "node:crypto";

/**
 * Names that are made by joining words without a separator, as API Gateway's models are, whose names hold letters and digits only. Joined words
 * are ambiguous: flow `order` with event `ToErpAsked` and flow `order-to` with `ErpAsked` make the same name. The first owner gets the plain
 * name; each other owner gets it with a hash of its own parts. Ask in a fixed order, so that names don't change between two runs.
 */
export class UniqueNames {
  /** By lower-case name, so that no two names differ by case only. */
  readonly #owners = new Map<string, string>();

  /**
   * @param plain what the name is where it does not clash; all but its letters and digits is left out
   * @param parts identify the owner
   * @returns the same name for the same owner
   */
  of(plain: string, parts: readonly string[]): string {
    const name = plain.replace(/[^A-Za-z0-9]/g, "");
    const owner = JSON.stringify(parts);
    const known = this.#owners.get(name.toLowerCase());
    if (known !== undefined && known !== owner) return `${name}${createHash("sha256").update(owner).digest("hex").slice(0, 8)}`;
    this.#owners.set(name.toLowerCase(), owner);
    return name;
  }
}
