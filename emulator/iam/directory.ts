import { randomBytes } from "node:crypto";
import { type Authorizer, AwsError, type Caller } from "../endpoint/service.ts";
import { accountOf } from "./arn.ts";
import type { Context } from "./condition.ts";
import { compilePolicy, type PolicyKind, type Principal, type Request, type Statement, type Verdict, verdict } from "./policy.ts";
import { PolicyError } from "./policy-error.ts";

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
 * The account's roles, and the judge of every call: a request passes when some policy of the role or of the resource allows it and
 * none denies it, as within one account on AWS.
 *
 * Roles and credentials live as long as the process; every start defines and issues them anew.
 */
export class IamDirectory implements Authorizer {
  readonly #roles = new Map<string, Role>();
  readonly #sessions = new Map<string, Session>();
  readonly #resourcePolicies = new Map<string, readonly Statement[]>();

  /**
   * @param role `assumeRolePolicy` is JSON
   * @throws PolicyError
   */
  defineRole({ arn, name, assumeRolePolicy }: { arn: string; name: string; assumeRolePolicy: string }): void {
    const policies = this.#roles.get(arn)?.policies ?? new Map<string, readonly Statement[]>();
    this.#roles.set(arn, { arn, name, trust: compilePolicy("trust", assumeRolePolicy), policies });
  }

  /**
   * Sets an inline policy.
   * @throws PolicyError for a role that isn't defined, or a document that can't be evaluated as IAM would
   */
  putRolePolicy(roleArn: string, name: string, documentJson: string): void {
    this.#role(roleArn).policies.set(name, compilePolicy("identity", documentJson));
  }

  /** Takes an inline policy away; nothing happens when there is none of that name. */
  deleteRolePolicy(roleArn: string, name: string): void {
    this.#role(roleArn).policies.delete(name);
  }

  /** Whether the role's trust policy lets the service act as it, such as `lambda.amazonaws.com`. */
  mayAssume(roleArn: string, service: string): boolean {
    const principal: Principal = { kind: "service", name: service, accountId: "" };
    return (
      verdict(this.#role(roleArn).trust, { action: "sts:AssumeRole", resource: roleArn, principal, context: new Map() }) ===
      "Allow"
    );
  }

  /**
   * Credentials that stand for the role until the process ends.
   * @param service when given, the role's trust policy must let it assume the role
   * @throws PolicyError for an unknown role, or one that the service may not assume
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
   * Whoever holds these credentials.
   * @param sessionToken when given, must be the one that was issued with the key
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
    const request: Request = { action, resource, principal: principalOf(caller), context: contextOf(caller, context) };
    const identity = caller.kind === "role" ? [...(this.#roles.get(caller.arn)?.policies.values() ?? [])].flat() : [];
    const onResource = resourcePolicy === undefined ? [] : this.#compiled("resource", resourcePolicy);
    let verdicts: readonly Verdict[];
    try {
      verdicts = [verdict(identity, request), verdict(onResource, request)];
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      throw new AwsError(
        "AccessDeniedException",
        `${denied(caller, action, resource)} because a policy can't be evaluated: ${error.message}`,
        400,
      );
    }
    if (!verdicts.includes("Deny") && verdicts.includes("Allow")) return;
    throw new AwsError("AccessDeniedException", `${denied(caller, action, resource)} ${reason(caller, action, verdicts)}`, 400);
  }

  #role(arn: string): Role {
    const role = this.#roles.get(arn);
    if (!role) throw new PolicyError(`There is no role ${arn}. Define it first.`);
    return role;
  }

  #compiled(kind: PolicyKind, json: string): readonly Statement[] {
    const known = this.#resourcePolicies.get(json);
    if (known) return known;
    const made = compilePolicy(kind, json);
    this.#resourcePolicies.set(json, made);
    return made;
  }
}

const principalOf = (caller: Caller): Principal =>
  caller.kind === "role"
    ? { kind: "role", name: caller.arn, accountId: accountOf(caller.arn) }
    : { kind: "service", name: caller.service, accountId: "" };

/** The keys that IAM itself adds to each request, and those of the call. */
function contextOf(caller: Caller, context: Readonly<Record<string, string | readonly string[]>>): Context {
  const own: Record<string, string> =
    caller.kind === "role"
      ? { "aws:PrincipalArn": caller.arn, "aws:PrincipalAccount": accountOf(caller.arn), "aws:PrincipalIsAWSService": "false" }
      : {
          "aws:SourceArn": caller.sourceArn,
          "aws:SourceAccount": accountOf(caller.sourceArn),
          "aws:PrincipalIsAWSService": "true",
          "aws:PrincipalServiceName": caller.service,
        };
  return new Map(Object.entries({ ...context, ...own }).map(([key, value]) => [key.toLowerCase(), value]));
}

const denied = (caller: Caller, action: string, resource: string) =>
  `User: ${caller.kind === "role" ? sessionArn(caller.arn) : caller.service} is not authorized to perform: ${action} on resource: ${resource}`;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function reason(caller: Caller, action: string, [identity, resource]: readonly Verdict[]): string {
  if (identity === "Deny") return "with an explicit deny in an identity-based policy";
  if (resource === "Deny") return "with an explicit deny in a resource-based policy";
  return `because no ${caller.kind === "role" ? "identity" : "resource"}-based policy allows the ${action} action`;
}

/** A role acts under the name of a session; Lambda calls its sessions after the function, which here is the role's name. */
function sessionArn(roleArn: string): string {
  const name = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  return `arn:aws:sts::${accountOf(roleArn)}:assumed-role/${name}/${name}`;
}
