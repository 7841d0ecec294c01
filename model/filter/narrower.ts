import { COMPARE, type FilterPattern, holds, isTests, type PatternTest, pairsOf } from "./pattern.ts";

/**
 * @param old as released. `undefined`: each event reached the step
 * @returns whether a filter may leave out a payload that reached the step before
 */
export const isNarrower = (old: FilterPattern | undefined, now: FilterPattern): boolean => !covers(now, old);

/** Whether whatever meets the other pattern meets this one. */
const covers = (pattern: FilterPattern, other: FilterPattern | undefined): boolean =>
  Object.entries(pattern).every(([field, wanted]) => {
    const before = other?.[field];
    if (!isTests(wanted)) return covers(wanted, before === undefined || isTests(before) ? undefined : before);
    return before !== undefined && isTests(before) && before.every((test) => wanted.some((now) => includes(now, test)));
  });

function includes(now: PatternTest, test: PatternTest): boolean {
  if (JSON.stringify(now) === JSON.stringify(test)) return true;
  if (typeof test !== "object" || test === null) return holds(now, test);
  if (typeof now !== "object" || now === null) return false;
  if (now.exists === true) return test.exists !== false;
  if (now.numeric === undefined || test.numeric === undefined) return false;
  const inner = pairsOf(test.numeric);
  return pairsOf(now.numeric).every(([sign, limit]) =>
    inner.some(([innerSign, innerLimit]) => {
      if (innerSign === "=") return COMPARE[sign]?.(innerLimit, limit) === true;
      if (sign === "=" || innerSign.charAt(0) !== sign.charAt(0)) return false;
      // A limit that the inner range has itself must be within the outer one.
      return (
        COMPARE[sign.charAt(0)]?.(innerLimit, limit) || (innerLimit === limit && (sign.endsWith("=") || !innerSign.endsWith("=")))
      );
    }),
  );
}
