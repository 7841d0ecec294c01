import fc from "fast-check";

export interface Pair {
  readonly pattern: object;
  readonly event: object;
}

// Few words and few fields, so that patterns often match.
const word = fc.constantFrom("a", "ab", "abc", "b", "B", "Ab", "", "a*b", "a\\b", "é", "10.0.0.7", "10.0.1.7", "2001:db8::1");
const number = fc.constantFrom(-5, 0, 1, 1.5, 5, 100, 3.018e2);
const scalar = fc.oneof({ weight: 5, arbitrary: word }, { weight: 3, arbitrary: number }, fc.boolean(), fc.constant(null));

/** Without consecutive stars and with valid escapes only. */
const wildcard = fc
  .array(fc.constantFrom("a", "b", "c", "\\*", "\\\\", "*", "."), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.filter((part, i) => part !== "*" || parts[i - 1] !== "*").join(""));
const textOperator = fc.oneof(
  fc.record({ prefix: word }),
  fc.record({ suffix: word }),
  fc.record({ "equals-ignore-case": word }),
  fc.record({ wildcard }),
);
const filled = word.filter((text) => text !== "");
const operator = fc.oneof(
  textOperator,
  fc.record({ prefix: fc.record({ "equals-ignore-case": filled }) }),
  fc.record({ suffix: fc.record({ "equals-ignore-case": filled }) }),
  fc.record({
    "anything-but": fc.oneof(
      word,
      number,
      fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(number, { minLength: 1, maxLength: 3 }),
    ),
  }),
  fc.record({
    "anything-but": fc.oneof(
      fc.record({ prefix: filled }),
      fc.record({ suffix: filled }),
      fc.record({ "equals-ignore-case": fc.uniqueArray(filled, { minLength: 1, maxLength: 2 }) }),
      fc.record({ wildcard }),
    ),
  }),
  fc.record({
    "anything-but": fc.oneof(
      fc.record({ prefix: fc.uniqueArray(filled, { minLength: 1, maxLength: 2 }) }),
      fc.record({ suffix: fc.uniqueArray(filled, { minLength: 1, maxLength: 2 }) }),
    ),
  }),
  fc.record({
    numeric: fc.oneof(
      fc.tuple(fc.constantFrom("=", "<", "<=", ">", ">="), number),
      fc.constantFrom([">", 0, "<=", 5], [">=", -5, "<", 1.5], [">", 1, "<", 100]),
    ),
  }),
  fc.record({ cidr: fc.constantFrom("10.0.0.0/24", "10.0.0.0/15", "2001:db8::/32") }),
  fc.record({ exists: fc.boolean() }),
);
const leaf = fc.array(fc.oneof(scalar, operator), { minLength: 1, maxLength: 3 });
const field = fc.constantFrom("a", "b", "c-d");

const { pattern } = fc.letrec<{ pattern: object; object: object; or: object[] }>((tie) => ({
  object: fc.dictionary(field, fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, tie("object")), {
    minKeys: 1,
    maxKeys: 2,
  }),
  or: fc.array(tie("object") as fc.Arbitrary<object>, { minLength: 2, maxLength: 3 }) as fc.Arbitrary<object[]>,
  pattern: fc.oneof(
    { weight: 4, arbitrary: tie("object") as fc.Arbitrary<object> },
    fc
      .tuple(tie("object") as fc.Arbitrary<object>, tie("or") as fc.Arbitrary<object[]>)
      .map(([object, $or]) => ({ ...object, $or })),
    (tie("or") as fc.Arbitrary<object[]>).map(($or) => ({ $or })),
  ),
}));
const { object: event } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 5, arbitrary: scalar as fc.Arbitrary<unknown> },
    { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) as fc.Arbitrary<unknown> },
    { weight: 1, arbitrary: fc.array(tie("object"), { minLength: 1, maxLength: 2 }) as fc.Arbitrary<unknown> },
    { weight: 2, arbitrary: tie("object") as fc.Arbitrary<unknown> },
  ),
  object: fc.dictionary(field, tie("value"), { minKeys: 2, maxKeys: 3 }),
}));

/** Random patterns and events, the same for the same seed. */
export const randomPairs = (count: number, seed: number): Pair[] =>
  fc.sample(
    fc.record({ pattern: pattern.filter((made) => JSON.stringify(made).length <= 2_048), event }, { noNullPrototype: true }),
    { numRuns: count, seed },
  ) as Pair[];
