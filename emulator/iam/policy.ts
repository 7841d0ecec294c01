import * as z from "zod";
import { arnPattern } from "./arn.ts";
import { type Context, compileCondition, refuseVariables } from "./condition.ts";
import { PolicyError } from "./policy-error.ts";
import { wildcard } from "./wildcard.ts";

/** Whom a statement of a resource policy is about. */
export interface Principal {
  readonly kind: "role" | "service";
  /** Role ARN, or service such as `events.amazonaws.com`. */
  readonly name: string;
  readonly accountId: string;
}

export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly principal: Principal;
  readonly context: Context;
}

export interface Statement {
  readonly effect: "Allow" | "Deny";
  /** Whether the statement is about this request. */
  readonly applies: (request: Request) => boolean;
}

export type Verdict = "Allow" | "Deny" | "nothing";

/** What statements say of a request: a denial goes before anything that allows it. */
export function verdict(statements: readonly Statement[], request: Request): Verdict {
  const applying = statements.filter(({ applies }) => applies(request));
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
  Statement: z.union([z.array(statementSchema).min(1), statementSchema.transform((one) => [one])]),
});
type RawStatement = z.output<typeof statementSchema>;

/** Identity policies say what their role may do; resource policies and trust policies also say who. */
export type PolicyKind = "identity" | "resource" | "trust";

/**
 * Compiles a policy document.
 *
 * @throws PolicyError for what is malformed, or what this simulator doesn't evaluate (policy variables, NotPrincipal, other versions
 *   and condition operators than it knows): never taken as allowed
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function compilePolicy(kind: PolicyKind, json: string): readonly Statement[] {
  const parsed = policySchema.safeParse(parseJson(json));
  if (!parsed.success)
    throw new PolicyError(`The policy is malformed or uses what is not known here: ${z.prettifyError(parsed.error)}. Mend it.`);
  return parsed.data.Statement.map((statement) => compileStatement(kind, statement));
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new PolicyError(`The policy is not JSON: ${json.slice(0, 60)}. Mend it.`);
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
  const who = raw.Principal && principalTest(raw.Principal, raw.Effect);
  return {
    effect: raw.Effect,
    applies: (request) =>
      (who?.(request.principal) ?? true) &&
      action(request.action.toLowerCase()) === (raw.Action !== undefined) &&
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
    throw new PolicyError(`"${pattern}" is no action. Write it as service:Action; wildcards stand after the colon only.`);
  }
  return wildcard(pattern.toLowerCase());
}

function resourcePattern(pattern: string): (arn: string) => boolean {
  refuseVariables(pattern);
  if (pattern !== "*" && !pattern.startsWith("arn:")) throw new PolicyError(`"${pattern}" is no resource. Write an ARN, or "*".`);
  return arnPattern(pattern);
}

function principalTest(
  { AWS = [], Service = [] }: z.output<typeof principal>,
  effect: Statement["effect"],
): (who: Principal) => boolean {
  // An account as principal delegates to that account's identity policies: it grants nothing by itself, but denies its roles.
  const accounts = effect === "Deny" ? AWS.map((name) => /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1]) : [];
  return ({ kind, name, accountId }) => {
    if (AWS.includes("*")) return true;
    return kind === "service" ? Service.includes(name) : AWS.includes(name) || accounts.includes(accountId);
  };
}
