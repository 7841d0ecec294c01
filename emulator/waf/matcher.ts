import { posix } from "node:path";
import type { GatewayRequest } from "../apigateway/types.ts";
import type { Clock } from "../clock.ts";
import { UserError } from "../user-error.ts";
import { decoded, managedGroup } from "./managed-rules.ts";
import { RateCounter } from "./rate-counter.ts";
import type { Statement } from "./types.ts";

/** Whether a request matches a statement. */
export type Matcher = (request: GatewayRequest) => boolean;

/**
 * Compiles a rule statement.
 * @param inspectionLimit number of bytes of a body that WAF inspects
 * @throws UserError for a statement that is not simulated
 */
export function matcherOf(statement: Statement, inspectionLimit: number, clock: Clock): Matcher {
  const nested = (statements: readonly Statement[]) =>
    statements.map((inner) =>
      inner.managedRuleGroupStatement ? refuse("a nested rule group") : matcherOf(inner, inspectionLimit, clock),
    );
  if (statement.managedRuleGroupStatement) {
    const { vendorName, name, scopeDownStatement, ruleActionOverrides = [] } = statement.managedRuleGroupStatement;
    const counted = ruleActionOverrides.flatMap((one) => (one.actionToUse.count ? [one.name] : []));
    const blocks = managedGroup(name, counted, inspectionLimit) ?? refuse(`the rule group ${vendorName} ${name}`);
    const [inScope] = nested(scopeDownStatement ? [scopeDownStatement] : []);
    return (request) => inScope?.(request) !== false && blocks(request);
  }
  if (statement.rateBasedStatement) {
    const { aggregateKeyType = "IP" } = statement.rateBasedStatement;
    if (aggregateKeyType !== "IP") refuse(`a rate-based rule by ${aggregateKeyType}`);
    const counter = new RateCounter(statement.rateBasedStatement, clock);
    return ({ sourceIp }) => counter.isOver(sourceIp);
  }
  if (statement.sizeConstraintStatement) return sizeOf(statement.sizeConstraintStatement, inspectionLimit);
  if (statement.regexMatchStatement) return regexOf(statement.regexMatchStatement);
  if (statement.andStatement) {
    const all = nested(statement.andStatement.statements);
    return (request) => all.every((holds) => holds(request));
  }
  if (statement.notStatement) {
    const [holds] = nested([statement.notStatement.statement]);
    return (request) => holds?.(request) === false;
  }
  return refuse(Object.keys(statement).join(", "));
}

const COMPARE: Readonly<Record<string, (size: number, limit: number) => boolean>> = {
  EQ: (size, limit) => size === limit,
  NE: (size, limit) => size !== limit,
  LE: (size, limit) => size <= limit,
  LT: (size, limit) => size < limit,
  GE: (size, limit) => size >= limit,
  GT: (size, limit) => size > limit,
};

function sizeOf(
  { fieldToMatch, comparisonOperator, size }: NonNullable<Statement["sizeConstraintStatement"]>,
  inspectionLimit: number,
): Matcher {
  const compare = COMPARE[comparisonOperator] ?? refuse(`the comparison ${comparisonOperator}`);
  const { oversizeHandling = "CONTINUE" } = fieldToMatch.body ?? refuse("a size constraint on something other than the body");
  return ({ body }) =>
    body.length > inspectionLimit && oversizeHandling !== "CONTINUE"
      ? oversizeHandling === "MATCH"
      : compare(Math.min(body.length, inspectionLimit), size);
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html */
const TRANSFORMATIONS: Readonly<Record<string, (text: string) => string>> = {
  NONE: (text) => text,
  URL_DECODE: decoded,
  NORMALIZE_PATH: (path) => posix.normalize(path),
};

function regexOf({
  fieldToMatch,
  regexString,
  textTransformations = [],
}: NonNullable<Statement["regexMatchStatement"]>): Matcher {
  const pattern = new RegExp(regexString);
  const transformations = [...textTransformations]
    .sort((a, b) => a.priority - b.priority)
    .map(({ type }) => TRANSFORMATIONS[type] ?? refuse(`the text transformation ${type}`));
  if (fieldToMatch.uriPath) return ({ path }) => pattern.test(transformations.reduce((text, transform) => transform(text), path));
  const { name } = fieldToMatch.singleHeader ?? refuse("a regex match on something other than a single header or the path");
  return ({ headers }) => headers.some(([key, value]) => key.toLowerCase() === name.toLowerCase() && pattern.test(value));
}

function refuse(feature: string): never {
  throw new UserError(`The web ACL has ${feature}, which is not simulated. Add it in emulator/waf/, or leave it out.`);
}
