import type * as aws from "@pulumi/aws";

type Statement = aws.types.input.wafv2.WebAclRuleStatement;
const AS_IT_IS = [{ priority: 0, type: "NONE" }];
/** KB of a body that WAF inspects; its maximum. https://docs.aws.amazon.com/waf/latest/developerguide/waf-oversize-request-components.html */
export const INSPECTED_KB = 64;

/**
 * Matches a request whose body is over the limit. Up to 64 KB WAF measures the body itself; a longer one is oversize, which counts as a
 * match. For a higher limit WAF can't measure, and Content-Length has to be within the limit.
 * @param kilobytes 1 to 256
 * @returns statements that all have to match
 */
export function overLimit(kilobytes: number): readonly Statement[] {
  const measured = {
    sizeConstraintStatement: {
      fieldToMatch: { body: { oversizeHandling: "MATCH" } },
      comparisonOperator: "GT",
      size: Math.min(kilobytes, INSPECTED_KB) * 1_024,
      textTransformations: AS_IT_IS,
    },
  };
  if (kilobytes <= INSPECTED_KB) return [measured];
  const stated = {
    regexMatchStatement: {
      fieldToMatch: { singleHeader: { name: "content-length" } },
      regexString: `^0*(${upTo(kilobytes * 1_024)})$`,
      textTransformations: AS_IT_IS,
    },
  };
  return [measured, { notStatement: { statement: stated } }];
}

/** @returns a regular expression's alternatives, for the whole numbers from 0 to `most` without leading zeros */
export function upTo(most: number): string {
  const digits = String(most);
  const shorter = digits.length > 1 ? [`[0-9]{1,${digits.length - 1}}`] : [];
  // With the same first digits, a smaller one next, and any that follow.
  const smaller = [...digits].flatMap((digit, i) => {
    const least = i === 0 && digits.length > 1 ? 1 : 0;
    const rest = digits.length - i - 1;
    return Number(digit) > least
      ? [`${digits.slice(0, i)}[${least}-${Number(digit) - 1}]${rest > 0 ? `[0-9]{${rest}}` : ""}`]
      : [];
  });
  return [...shorter, ...smaller, digits].join("|");
}
