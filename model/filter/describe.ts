import { type FilterPattern, isTests, listOf, type PatternTest, pairsOf } from "./pattern.ts";

/** @returns a filter for people, such as `totalCents >= 100000 and country is "BR" or "PT"` */
export const describeFilter = (pattern: FilterPattern): string => conditionsIn(pattern, []).join(" and ");

const conditionsIn = (pattern: FilterPattern, path: readonly string[]): readonly string[] =>
  Object.entries(pattern).flatMap(([field, wanted]) => {
    const here = [...path, field];
    if (!isTests(wanted)) return conditionsIn(wanted, here);
    const texts = wanted.map(describeTest);
    const joined = texts.map((text, i) => (text.startsWith("is ") && texts[i - 1]?.startsWith("is ") ? text.slice(3) : text));
    return [`${here.join(".")} ${joined.join(" or ")}`];
  });

function describeTest(test: PatternTest): string {
  if (typeof test !== "object" || test === null) return `is ${JSON.stringify(test)}`;
  const [[operator = "", argument] = []] = Object.entries(test);
  if (operator === "exists") return argument === true ? "exists" : "is absent";
  if (operator === "numeric")
    return pairsOf(argument)
      .map(([sign, limit]) => (sign === "=" ? `is ${limit}` : `${sign} ${limit}`))
      .join(" and ");
  if (operator === "anything-but") {
    if (typeof argument !== "object" || Array.isArray(argument) || argument === null) return `is not ${textsOf(argument)}`;
    const [[inner = "", texts] = []] = Object.entries(argument);
    return `does not ${VERBS[inner]?.[1]} ${textsOf(texts)}`;
  }
  return `${VERBS[operator]?.[0]} ${textsOf(argument)}`;
}

const VERBS: Readonly<Record<string, readonly [does: string, doesNot: string]>> = {
  prefix: ["starts with", "start with"],
  suffix: ["ends with", "end with"],
  "equals-ignore-case": ["equals in any case", "equal in any case"],
};
const textsOf = (value: unknown): string =>
  listOf(value)
    .map((one) => JSON.stringify(one))
    .join(" or ");
