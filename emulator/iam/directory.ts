import { randomBytes } from "node:crypto";
import { type Authorizer, AwsError, type Caller } from "../endpoint/service.ts";
import { type Context, PolicyError } from "./condition.ts";
import {
  compilePolicy,
  type PolicyKind,
  type Principal,
  type Request,
  type Statement,
  type Verdict,
  verdict,
  verdictOf,
} from "./policy.ts";
import { accountOf } from "./wildcard.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}
interface Role {
  readonly arn: string;
  readonly name: string;
  readonly trust: readonly Statement[];
  readonly policies: Map<string, readonly Statement[]>;
}
interface Session {
  readonly roleArn: string;
  readonly sessionToken: string;
}

/**
 * The account's roles, and the evaluation of their policies. As within one account on AWS, a request is allowed when an identity-based
 * or resource-based policy allows it and no policy denies it. Roles and credentials are kept in memory: each start defines and issues
 * them again.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export class IamDirectory implements Authorizer {
  readonly #roles = new Map<string, Role>();
  readonly #sessions = new Map<string, Session>();
  readonly #resourcePolicies = new Map<string, readonly Statement[]>();
  /** By role: `<sid> <action>` of each statement that allowed one. */
  readonly #used = new Map<string, Set<string>>();

  /**
   * Creates a role, or replaces its trust policy; its inline policies stay.
   * @param role `assumeRolePolicy` is the JSON of the trust policy
   * @throws PolicyError when the trust policy can't be evaluated
   */
  defineRole({ arn, name, assumeRolePolicy }: { arn: string; name: string; assumeRolePolicy: string }): void {
    const policies = this.#roles.get(arn)?.policies ?? new Map<string, readonly Statement[]>();
    this.#roles.set(arn, { arn, name, trust: compilePolicy("trust", assumeRolePolicy), policies });
  }

  /**
   * Creates or replaces an inline policy.
   * @throws PolicyError for an undefined role, or for a document that can't be evaluated as IAM would
   */
  putRolePolicy(roleArn: string, name: string, documentJson: string): void {
    this.#role(roleArn).policies.set(name, compilePolicy("identity", documentJson));
  }

  /**
   * Deletes an inline policy; does nothing when the role has no policy of that name.
   * @throws PolicyError for an undefined role
   */
  deleteRolePolicy(roleArn: string, name: string): void {
    this.#role(roleArn).policies.delete(name);
  }

  /**
   * Whether the role's trust policy lets a service assume the role.
   * @param service such as `lambda.amazonaws.com`
   * @param sourceArn the resource for which the service acts, where AWS documents that the service names one. @default the keys
   *   aws:SourceArn and aws:SourceAccount are absent
   * @throws PolicyError for an undefined role
   */
  mayAssume(roleArn: string, service: string, sourceArn?: string): boolean {
    const principal: Principal = { kind: "service", name: service, accountId: "" };
    const source = sourceArn === undefined ? {} : { "aws:sourcearn": sourceArn, "aws:sourceaccount": accountOf(sourceArn) };
    const context: Context = new Map(Object.entries(source));
    return verdict(this.#role(roleArn).trust, { action: "sts:assumerole", resource: roleArn, principal, context }) === "Allow";
  }

  /**
   * Issues credentials for the role. They are valid until the process ends.
   * @param service if given, the role's trust policy must let this service assume the role
   * @throws PolicyError for an undefined role, or a role that the service may not assume
   */
  issueCredentials(roleArn: string, service?: string): Credentials {
    if (service !== undefined && !this.mayAssume(roleArn, service)) {
      throw new PolicyError(
        `The role ${roleArn} cannot be assumed by ${service}. Let its trust policy allow sts:AssumeRole to it.`,
      );
    }
    this.#role(roleArn);
    const credentials = {
      accessKeyId: `ASIA${randomBytes(10).toString("hex").toUpperCase().slice(0, 16)}`,
      secretAccessKey: randomBytes(30).toString("base64url"),
      sessionToken: randomBytes(24).toString("base64url"),
    };
    this.#sessions.set(credentials.accessKeyId, { roleArn, sessionToken: credentials.sessionToken });
    return credentials;
  }

  /**
   * Identifies the caller by its credentials.
   * @param sessionToken if given, must be the token that was issued with the key
   * @returns undefined for unknown credentials
   */
  callerOf(accessKeyId: string, sessionToken?: string): Caller | undefined {
    const session = this.#sessions.get(accessKeyId);
    if (!session || (sessionToken !== undefined && sessionToken !== session.sessionToken)) return undefined;
    return { kind: "role", arn: session.roleArn, session: accessKeyId };
  }

  authorize(
    caller: Caller,
    action: string,
    resource: string,
    context: Readonly<Record<string, string | readonly string[]>> = {},
    resourcePolicy?: string,
  ): void {
    const request: Request = {
      action: action.toLowerCase() as Lowercase<string>,
      resource,
      principal: principalOf(caller),
      context: contextOf(caller, context),
    };
    const identityStatements = caller.kind === "role" ? [...(this.#roles.get(caller.arn)?.policies.values() ?? [])].flat() : [];
    const resourceStatements = resourcePolicy === undefined ? [] : this.#compiled("resource", resourcePolicy);
    let applying: readonly Statement[];
    let verdicts: readonly Verdict[];
    try {
      applying = identityStatements.filter(({ applies }) => applies(request));
      verdicts = [verdictOf(applying), verdict(resourceStatements, request)];
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      throw new AwsError(
        "AccessDeniedException",
        `${denied(caller, action, resource)} because a policy can't be evaluated: ${error.message}`,
        400,
      );
    }
    if (!verdicts.includes("Deny") && verdicts.includes("Allow")) this.#use(caller, action, applying);
    else
      throw new AwsError("AccessDeniedException", `${denied(caller, action, resource)} ${reason(caller, action, verdicts)}`, 400);
  }

  /**
   * Actions that the role was allowed by statements of its policies since the start.
   * @param sid of these statements; `""` for those without one
   */
  usedActions(roleArn: string, sid: string): readonly string[] {
    return [...(this.#used.get(roleArn) ?? [])]
      .filter((use) => use.startsWith(`${sid} `))
      .map((use) => use.slice(sid.length + 1));
  }

  #use(caller: Caller, action: string, allowing: readonly Statement[]): void {
    if (caller.kind !== "role") return;
    const used = this.#used.get(caller.arn) ?? new Set();
    this.#used.set(caller.arn, used);
    for (const { sid } of allowing) used.add(`${sid} ${action}`);
  }

  #role(arn: string): Role {
    const role = this.#roles.get(arn);
    if (!role) throw new PolicyError(`There is no role ${arn}. Define it first.`);
    return role;
  }

  #compiled(kind: PolicyKind, json: string): readonly Statement[] {
    const cached = this.#resourcePolicies.get(json);
    if (cached) return cached;
    const compiled = compilePolicy(kind, json);
    this.#resourcePolicies.set(json, compiled);
    return compiled;
  }
}

const principalOf = (caller: Caller): Principal =>
  caller.kind === "role"
    ? { kind: "role", name: caller.arn, accountId: accountOf(caller.arn) }
    : { kind: "service", name: caller.service, accountId: "" };

/** The request's condition keys: the global keys that IAM sets, and those of the call. */
function contextOf(caller: Caller, context: Readonly<Record<string, string | readonly string[]>>): Context {
  const keys = new Map<string, string | readonly string[]>();
  for (const [key, value] of Object.entries(context)) keys.set(key.toLowerCase(), value);
  if (caller.kind === "role")
    return keys
      .set("aws:principalarn", caller.arn)
      .set("aws:principalaccount", accountOf(caller.arn))
      .set("aws:principalisawsservice", "false");
  return keys
    .set("aws:sourcearn", caller.sourceArn)
    .set("aws:sourceaccount", accountOf(caller.sourceArn))
    .set("aws:principalisawsservice", "true")
    .set("aws:principalservicename", caller.service);
}

const denied = (caller: Caller, action: string, resource: string) =>
  `User: ${caller.kind === "role" ? sessionArn(caller.arn) : caller.service} is not authorized to perform: ${action} on resource: ${resource}`;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function reason(caller: Caller, action: string, [identity, resource]: readonly Verdict[]): string {
  if (identity === "Deny") return "with an explicit deny in an identity-based policy";
  if (resource === "Deny") return "with an explicit deny in a resource-based policy";
  return `because no ${caller.kind === "role" ? "identity" : "resource"}-based policy allows the ${action} action`;
}

/** ARN of the role's session. Lambda names a session after the function; the emulator uses the role's name. */
function sessionArn(roleArn: string): string {
  const name = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  return `arn:aws:sts::${accountOf(roleArn)}:assumed-role/${name}/${name}`;
}
