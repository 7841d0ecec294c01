import { type Aws, AwsError } from "./aws-cli.ts";
import { type Finding, ok, problem } from "./finding.ts";
import type { Stack } from "./stack.ts";

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Secrets and log groups have names of their own, so another stack or hand may have taken them. */
export async function nameClashes(aws: Aws, stack: Stack): Promise<readonly Finding[]> {
  const named = (type: string) => stack.resources.flatMap(({ type: one, props }) => (one === type ? namesIn(props.name) : []));
  const [secrets, groups] = [named("aws:secretsmanager/secret:Secret"), named("aws:cloudwatch/logGroup:LogGroup")];
  const findings = [
    ...(await Promise.all(secrets.map((name) => secretOf(aws, stack, name)))),
    ...(await Promise.all(groups.map((name) => logGroupOf(aws, stack, name)))),
  ].flat();
  return findings.length > 0 ? findings : [ok(`${secrets.length + groups.length} names are free, or the stack's own`)];
}

const namesIn = (name: unknown) => (typeof name === "string" ? [name] : []);

const isOwn = ({ project, stack }: Stack, tags: Readonly<Record<string, unknown>>) =>
  tags["hub:project"] === project && tags["hub:stack"] === stack;

async function secretOf(aws: Aws, stack: Stack, name: string): Promise<readonly Finding[]> {
  const found = await unlessMissing(aws("secretsmanager", "describe-secret", "--secret-id", name));
  if (!found) return [];
  const { DeletedDate, Tags = [] } = found as { readonly DeletedDate?: unknown; readonly Tags?: readonly Tag[] };
  if (DeletedDate !== undefined)
    return [
      problem(
        `the secret ${name} is scheduled for deletion, and its name is taken until then`,
        `aws secretsmanager restore-secret --secret-id ${name}, then pulumi import it; or delete it at once with --force-delete-without-recovery`,
      ),
    ];
  if (isOwn(stack, Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])))) return [];
  return [
    problem(`the secret ${name} exists, and is not this stack's`, "Rename the stack or the project, or pulumi import the secret"),
  ];
}

async function logGroupOf(aws: Aws, stack: Stack, name: string): Promise<readonly Finding[]> {
  const { logGroups = [] } = (await aws("logs", "describe-log-groups", "--log-group-name-prefix", name)) as {
    readonly logGroups?: readonly { readonly logGroupName: string; readonly logGroupArn?: string; readonly arn: string }[];
  };
  const found = logGroups.find(({ logGroupName }) => logGroupName === name);
  if (!found) return [];
  const arn = found.logGroupArn ?? found.arn.replace(/:\*$/, "");
  const { tags = {} } = (await aws("logs", "list-tags-for-resource", "--resource-arn", arn)) as {
    readonly tags?: Readonly<Record<string, unknown>>;
  };
  if (isOwn(stack, tags)) return [];
  return [
    problem(
      `the log group ${name} exists, and is not this stack's`,
      `pulumi import it, or delete it with its lines: aws logs delete-log-group --log-group-name ${name}`,
    ),
  ];
}

async function unlessMissing(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
    throw error;
  }
}
