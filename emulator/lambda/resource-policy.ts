/** A permission as `aws:lambda/permission:Permission` declares it. https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html */
export interface Permission {
  /** Such as `lambda:InvokeFunction`. */
  readonly action: string;
  /** A service such as `events.amazonaws.com`, an account id or an ARN. */
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
}

/**
 * The resource-based policy that Lambda creates from a function's permissions.
 * @returns JSON; undefined without permissions, when only roles of the account may invoke
 */
export function policyDocument(
  functionArn: string,
  permissions: readonly (readonly [id: string, permission: Permission])[],
): string | undefined {
  if (permissions.length === 0) return undefined;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: permissions.map(([id, { action, principal, sourceArn, sourceAccount }]) => ({
      Sid: id.replace(/[^A-Za-z0-9]/g, ""),
      Effect: "Allow",
      Principal: principal.endsWith(".amazonaws.com") ? { Service: principal } : { AWS: principal },
      Action: action,
      Resource: functionArn,
      ...((sourceArn || sourceAccount) && {
        Condition: {
          ...(sourceArn && { ArnLike: { "aws:SourceArn": sourceArn } }),
          ...(sourceAccount && { StringEquals: { "aws:SourceAccount": sourceAccount } }),
        },
      }),
    })),
  });
}
