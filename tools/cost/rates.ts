/**
 * @param given such as `10`, of all triggers together, or `orders.place=2.5`
 * @param triggers names such as `orders.place`
 * @returns requests a second by trigger
 * @throws RangeError for a rate that is no number, or an unknown trigger
 */
export function ratesOf(given: readonly string[], triggers: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    given.flatMap((text) => {
      const [left = "", right] = text.split("=");
      const rate = Number(right ?? left);
      if (!Number.isFinite(rate) || rate < 0 || (right ?? left).trim() === "")
        throw new RangeError(
          `--rate ${text}: ${right ?? left} is no number of requests a second. Write --rate 10, or --rate <flow>.<trigger>=10.`,
        );
      if (right === undefined) return triggers.map((name) => [name, rate / triggers.length] as const);
      if (!triggers.includes(left))
        throw new RangeError(`--rate ${text}: there is no trigger ${left}. Name one of ${triggers.join(", ")}.`);
      return [[left, rate] as const];
    }),
  );
}
