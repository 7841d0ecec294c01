import { arnPattern, wildcard } from "./wildcard.ts";

/** The simulator can't evaluate this policy as IAM would. Thrown when the policy is defined, so that nothing is allowed by mistake. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
}

/** Values of a request's condition keys. Key names are in lower case. */
export type Context = ReadonlyMap<string, string | readonly string[]>;
export type Condition = (context: Context) => boolean;

/** Compiles one policy value to a test of a request value. */
type Operator = (policyValue: string) => (requestValue: string) => boolean;

const numeric =
  (holds: (request: number, policy: number) => boolean): Operator =>
  (policyValue) => {
    const limit = Number(policyValue);
    if (policyValue.trim() === "" || Number.isNaN(limit))
      throw new PolicyError(`"${policyValue}" is not a number. Give the operator a number.`);
    return (value) => value.trim() !== "" && holds(Number(value), limit);
  };

const boolean: Operator = (policyValue) => {
  if (!/^(true|false)$/i.test(policyValue))
    throw new PolicyError(`"${policyValue}" is not a boolean. Give Bool "true" or "false".`);
  return (value) => value.toLowerCase() === policyValue.toLowerCase();
};

const equals: Operator = (policyValue) => (value) => value === policyValue;
const equalsIgnoreCase: Operator = (policyValue) => (value) => value.toLowerCase() === policyValue.toLowerCase();
const equalNumber = numeric((value, limit) => value === limit);

/** The test of each operator. A negated operator holds when no policy value passes the test. */
const OPERATORS: Readonly<Record<string, { readonly test: Operator; readonly negated?: true }>> = {
  stringequals: { test: equals },
  stringnotequals: { test: equals, negated: true },
  stringequalsignorecase: { test: equalsIgnoreCase },
  stringnotequalsignorecase: { test: equalsIgnoreCase, negated: true },
  stringlike: { test: (policyValue) => wildcard(policyValue) },
  stringnotlike: { test: (policyValue) => wildcard(policyValue), negated: true },
  arnequals: { test: arnPattern },
  arnlike: { test: arnPattern },
  arnnotequals: { test: arnPattern, negated: true },
  arnnotlike: { test: arnPattern, negated: true },
  bool: { test: boolean },
  numericequals: { test: equalNumber },
  numericnotequals: { test: equalNumber, negated: true },
  numericlessthan: { test: numeric((value, limit) => value < limit) },
  numericlessthanequals: { test: numeric((value, limit) => value <= limit) },
  numericgreaterthan: { test: numeric((value, limit) => value > limit) },
  numericgreaterthanequals: { test: numeric((value, limit) => value >= limit) },
};

/**
 * Compiles one condition key of a `Condition` block.
 *
 * @param name condition operator such as `StringLike`, `ForAllValues:StringEquals`, `ArnLikeIfExists`
 * @throws PolicyError for an unsupported operator, policy variable or value
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function compileCondition(name: string, key: string, values: readonly string[]): Condition {
  for (const value of values) refuseVariables(value);
  const wanted = key.toLowerCase();
  if (name.toLowerCase() === "null") return compileNull(wanted, values);

  const { set, operator, ifExists } = readName(name);
  const definition = OPERATORS[operator];
  if (!definition)
    throw new PolicyError(`The condition operator ${name} is not simulated. Use a String, Arn, Numeric, Bool or Null operator.`);
  // AWS does not document which of the two decides when the key is absent.
  if (set !== undefined && ifExists) throw new PolicyError(`${name} has both a set operator and IfExists. Leave one out.`);
  const tests = values.map(definition.test);
  const holds = (value: string) => tests.some((test) => test(value)) !== (definition.negated === true);

  return (context) => {
    const found = context.get(wanted);
    const present = found === undefined ? [] : Array.isArray(found) ? (found as readonly string[]) : [found as string];
    if (present.length === 0) return ifExists || set === "forallvalues" || (set === undefined && definition.negated === true);
    if (set === "forallvalues") return present.every(holds);
    if (set === "foranyvalue") return present.some(holds);
    if (present.length > 1)
      throw new PolicyError(`${key} has ${present.length} values, but ${name} compares one. Use ForAllValues: or ForAnyValue:.`);
    return holds(present[0] as string);
  };
}

function compileNull(key: string, values: readonly string[]): Condition {
  const wanted = values.map((value) => boolean(value));
  return (context) => {
    const absent = (context.get(key)?.length ?? 0) === 0 && context.get(key) !== "";
    return wanted.some((test) => test(String(absent)));
  };
}

function readName(name: string): { set: string | undefined; operator: string; ifExists: boolean } {
  const [, set, operator, ifExists] = /^(?:(forallvalues|foranyvalue):)?(.*?)(ifexists)?$/.exec(name.toLowerCase()) ?? [];
  return { set, operator: operator ?? "", ifExists: ifExists !== undefined };
}

/** @throws PolicyError when the text contains a policy variable such as `${aws:username}` */
export function refuseVariables(text: string): void {
  if (text.includes("${")) throw new PolicyError(`The policy variable in "${text}" is not simulated. Write the value itself.`);
}
