import * as z from "zod";
import { type Context, compileCondition, PolicyError, refuseVariables } from "./condition.ts";
import { arnPattern, wildcard } from "./wildcard.ts";

/** The principal of a request. */
export interface Principal {
  readonly kind: "role" | "service";
  /** Role ARN, or service such as `events.amazonaws.com`. */
  readonly name: string;
  /** Empty for a service. */
  readonly accountId: string;
}

export interface Request {
  readonly action: Lowercase<string>;
  readonly resource: string;
  readonly principal: Principal;
  readonly context: Context;
}

export interface Statement {
  /** `""` where it has none. */
  readonly sid: string;
  readonly effect: "Allow" | "Deny";
  /** Whether the statement applies to the request: principal, action, resource and conditions match. */
  readonly applies: (request: Request) => boolean;
}

export type Verdict = "Allow" | "Deny" | "nothing";

/** Evaluates statements for a request. An explicit deny overrides any allow; `nothing` is an implicit deny. */
export const verdict = (statements: readonly Statement[], request: Request): Verdict =>
  verdictOf(statements.filter(({ applies }) => applies(request)));

/** @param applying the statements that apply to a request */
export function verdictOf(applying: readonly Statement[]): Verdict {
  if (applying.length === 0) return "nothing";
  return applying.some(({ effect }) => effect === "Deny") ? "Deny" : "Allow";
}

const strings = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform((value) => (typeof value === "string" ? [value] : value));
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const scalars = z.union([scalar, z.array(scalar).min(1)]).transform((value) => (typeof value === "string" ? [value] : value));
const principals = z.strictObject({ AWS: strings.optional(), Service: strings.optional() });
const principal = z.union([z.literal("*").transform((): z.output<typeof principals> => ({ AWS: ["*"] })), principals]);
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: principal.optional(),
  Action: strings.optional(),
  NotAction: strings.optional(),
  Resource: strings.optional(),
  NotResource: strings.optional(),
  Condition: z.record(z.string(), z.record(z.string(), scalars)).optional(),
});
const policySchema = z.strictObject({
  Version: z.literal("2012-10-17"),
  Id: z.string().optional(),
  Statement: z.union([z.array(statementSchema).min(1), statementSchema.transform((statement) => [statement])]),
});
type RawStatement = z.output<typeof statementSchema>;

/** Identity-based policies have no principal; resource-based policies and trust policies need one. */
export type PolicyKind = "identity" | "resource" | "trust";

/**
 * Compiles a policy document.
 *
 * @param json the policy document
 * @throws PolicyError for a malformed document, and for features that are not simulated (policy variables, NotPrincipal, other
 *   versions, other condition operators). An unsupported feature never allows a request.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function compilePolicy(kind: PolicyKind, json: string): readonly Statement[] {
  const parsed = policySchema.safeParse(parseJson(json));
  if (!parsed.success)
    throw new PolicyError(
      `The policy is malformed or uses a feature that is not simulated: ${z.prettifyError(parsed.error)}. Correct it.`,
    );
  return parsed.data.Statement.map((statement) => compileStatement(kind, statement));
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new PolicyError(`The policy is not JSON: ${json.slice(0, 60)}. Correct it.`);
  }
}

function compileStatement(kind: PolicyKind, raw: RawStatement): Statement {
  const where = raw.Sid ?? raw.Effect;
  if ((raw.Action === undefined) === (raw.NotAction === undefined))
    throw new PolicyError(`Statement ${where} needs either Action or NotAction. Give one.`);
  if (kind === "trust" ? raw.Resource || raw.NotResource : (raw.Resource === undefined) === (raw.NotResource === undefined)) {
    throw new PolicyError(
      `Statement ${where} ${kind === "trust" ? "can't have a Resource. Leave it out." : "needs either Resource or NotResource. Give one."}`,
    );
  }
  if ((kind === "identity") !== (raw.Principal === undefined)) {
    throw new PolicyError(
      `Statement ${where} ${kind === "identity" ? "can't have" : "needs"} a Principal. ${kind === "identity" ? "Leave it out." : "Give one."}`,
    );
  }
  const conditions = Object.entries(raw.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => compileCondition(operator, key, values)),
  );
  const action = anyOf(raw.Action ?? raw.NotAction, actionPattern);
  const resource = anyOf(raw.Resource ?? raw.NotResource, resourcePattern);
  const principalMatches = raw.Principal && principalTest(raw.Principal, raw.Effect);
  return {
    sid: raw.Sid ?? "",
    effect: raw.Effect,
    applies: (request) =>
      (principalMatches?.(request.principal) ?? true) &&
      action(request.action) === (raw.Action !== undefined) &&
      (kind === "trust" || resource(request.resource) === (raw.Resource !== undefined)) &&
      conditions.every((holds) => holds(request.context)),
  };
}

function anyOf(
  patterns: readonly string[] | undefined,
  compile: (pattern: string) => (text: string) => boolean,
): (text: string) => boolean {
  const tests = (patterns ?? []).map(compile);
  return (text) => tests.some((test) => test(text));
}

function actionPattern(pattern: string): (action: string) => boolean {
  if (pattern !== "*" && !/^[a-z0-9-]+:[a-z0-9*?]+$/i.test(pattern)) {
    throw new PolicyError(`"${pattern}" is not an action. Write service:Action, with wildcards only after the colon.`);
  }
  return wildcard(pattern.toLowerCase());
}

function resourcePattern(pattern: string): (arn: string) => boolean {
  refuseVariables(pattern);
  if (pattern !== "*" && !pattern.startsWith("arn:"))
    throw new PolicyError(`"${pattern}" is not a resource. Write an ARN, or "*".`);
  return arnPattern(pattern);
}

function principalTest(
  { AWS = [], Service = [] }: z.output<typeof principal>,
  effect: Statement["effect"],
): (principal: Principal) => boolean {
  // An Allow for an account delegates to that account's identity-based policies and grants nothing itself. A Deny for an account applies
  // to all its roles.
  const accounts = effect === "Deny" ? AWS.map((name) => /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1]) : [];
  return ({ kind, name, accountId }) => {
    if (AWS.includes("*")) return true;
    return kind === "service" ? Service.includes(name) : AWS.includes(name) || accounts.includes(accountId);
  };
}
