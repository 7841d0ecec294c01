import type { GatewayRequest } from "../apigateway/types.ts";
import type { Clock } from "../clock.ts";
import { UserError } from "../user-error.ts";
import { RateCounter } from "./rate-counter.ts";
import type { Statement } from "./types.ts";

/** Whether a statement holds for a request. */
export type Matcher = (request: GatewayRequest) => boolean;

/**
 * @param inspected bytes of a body that WAF looks into
 * @returns `undefined` for a rule group of AWS, whose rules are AWS's own
 * @throws UserError for a statement that is not simulated
 */
export function matcherOf(statement: Statement, inspected: number, clock: Clock): Matcher | undefined {
  const inner = (of: readonly Statement[]) => of.map((one) => matcherOf(one, inspected, clock) ?? refuse("a rule group within"));
  if (statement.managedRuleGroupStatement) return undefined;
  if (statement.rateBasedStatement) {
    const { aggregateKeyType = "IP" } = statement.rateBasedStatement;
    if (aggregateKeyType !== "IP") refuse(`a rate by ${aggregateKeyType}`);
    const counter = new RateCounter(statement.rateBasedStatement, clock);
    return ({ sourceIp }) => counter.isOver(sourceIp);
  }
  if (statement.sizeConstraintStatement) return sizeOf(statement.sizeConstraintStatement, inspected);
  if (statement.regexMatchStatement) return regexOf(statement.regexMatchStatement);
  if (statement.andStatement) {
    const all = inner(statement.andStatement.statements);
    return (request) => all.every((holds) => holds(request));
  }
  if (statement.notStatement) {
    const [holds] = inner([statement.notStatement.statement]);
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
  inspected: number,
): Matcher {
  const compare = COMPARE[comparisonOperator] ?? refuse(`the comparison ${comparisonOperator}`);
  const { oversizeHandling = "CONTINUE" } = fieldToMatch.body ?? refuse("a size of anything but the body");
  return ({ body }) =>
    body.length > inspected && oversizeHandling !== "CONTINUE"
      ? oversizeHandling === "MATCH"
      : compare(Math.min(body.length, inspected), size);
}

function regexOf({ fieldToMatch, regexString }: NonNullable<Statement["regexMatchStatement"]>): Matcher {
  const { name } = fieldToMatch.singleHeader ?? refuse("a pattern for anything but one header");
  const pattern = new RegExp(regexString);
  return ({ headers }) => headers.some(([key, value]) => key.toLowerCase() === name.toLowerCase() && pattern.test(value));
}

function refuse(what: string): never {
  throw new UserError(`The web ACL has ${what}, which is not simulated on one machine. Add it in local/waf/, or leave it out.`);
}
