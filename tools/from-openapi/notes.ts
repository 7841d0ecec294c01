/** What the written adapter can't express, or leaves to the reader, without repetitions. */
export class Notes {
  readonly #places = new Map<string, Set<string>>();

  /** @param fact of one kind of thing, such as "`not` is not checked". @param place where it occurs, such as "Order.total" */
  add(fact: string, place: string): void {
    const places = this.#places.get(fact) ?? new Set();
    this.#places.set(fact, places.add(place));
  }

  /** One line a fact, with up to four of its places. */
  lines(): readonly string[] {
    return [...this.#places].map(([fact, places]) => {
      const named = [...places].slice(0, MOST).join(", ");
      return `${fact}: ${named}${places.size > MOST ? `, and ${places.size - MOST} more` : ""}.`;
    });
  }
}
const MOST = 4;
