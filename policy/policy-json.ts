import { type Props, texts } from "./rule.ts";

/** A statement of a policy document; single values are normalised to lists. */
export interface PolicyStatement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Principals of every kind; `*` is everyone. */
  readonly principals: readonly string[];
  /** Uses NotAction, NotResource or NotPrincipal. */
  readonly negated: boolean;
  /** Operator, key, values. */
  readonly conditions: readonly (readonly [string, string, readonly string[]])[];
}

/** @returns statements of a policy document, JSON. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export function statementsOf(document: unknown): readonly PolicyStatement[] {
  if (typeof document !== "string") return [];
  const { Statement } = JSON.parse(document) as { Statement?: Props | readonly Props[] };
  const statements =
    Statement === undefined ? [] : Array.isArray(Statement) ? (Statement as readonly Props[]) : [Statement as Props];
  return statements.map((statement) => ({
    effect: String(statement.Effect),
    actions: texts(statement.Action),
    resources: texts(statement.Resource),
    principals: principalsOf(statement.Principal),
    negated: ["NotAction", "NotResource", "NotPrincipal"].some((key) => key in statement),
    conditions: Object.entries((statement.Condition ?? {}) as Readonly<Record<string, Props>>).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => [operator, key, texts(values)] as const),
    ),
  }));
}

/** True when a resource policy denies this action without TLS. */
export const refusesPlain = (document: unknown, action: string): boolean =>
  statementsOf(document).some(
    ({ effect, principals, actions, negated, conditions: [condition, ...others] }) =>
      effect === "Deny" &&
      !negated &&
      principals.includes("*") &&
      actions.includes(action) &&
      others.length === 0 &&
      condition?.[0] === "Bool" &&
      condition[1] === "aws:SecureTransport" &&
      condition[2].join() === "false",
  );

const principalsOf = (principal: unknown): readonly string[] =>
  typeof principal === "object" && principal !== null ? Object.values(principal).flatMap(texts) : texts(principal);
