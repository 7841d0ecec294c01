import { devNull } from "node:os";
import type { Clock } from "../../emulator/clock.ts";
import type { World } from "./world.ts";

interface Configured {
  readonly variables: Readonly<Record<string, string>>;
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
  readonly memorySize: number;
  readonly logGroupName: string;
  readonly codeDir: string;
}

/**
 * A function's environment: what the program sets, what Lambda adds, and the way to the local endpoints. Third parties' addresses
 * point at the sandbox: `https://host/path` is `http://127.0.0.1:<port>/<adapter>/path` there.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function environmentOf(
  configured: Configured,
  { region, endpoint, sandboxUrl, clock }: World,
): Readonly<Record<string, string>> {
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    ...redirected(configured.variables, endpoint, sandboxUrl),
    ...hubClock(clock),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    // The SDK would read the developer's own, and a Lambda function has none.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_EXECUTION_ENV: `AWS_Lambda_${configured.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: configured.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configured.memorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: configured.logGroupName,
    LAMBDA_TASK_ROOT: configured.codeDir,
    _HANDLER: configured.handler,
  };
}

/** How far the hub's clock may be from the machine's before functions are told of it. */
const SAME_MS = 1_000;

/** Lets the runtime (runtime/aws/system-clock.ts) follow the hub's clock where that is not the machine's. */
function hubClock({ now, speed = 1 }: Clock): Record<string, string> {
  const [from, at] = [now(), Date.now()];
  return speed === 1 && Math.abs(from - at) < SAME_MS ? {} : { HUB_CLOCK: JSON.stringify({ speed, from, at }) };
}

/** Credentials of the function's role, as Lambda puts them into an environment. */
export function sessionOf(roleArn: string, { iam }: Pick<World, "iam">) {
  const { accessKeyId, secretAccessKey, sessionToken } = iam.issueCredentials(roleArn);
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken };
}

function redirected(
  { HUB_THIRD_PARTIES: text, ...rest }: Readonly<Record<string, string>>,
  endpoint: string,
  sandboxUrl: string,
): Record<string, string> {
  // The SDK sends a message to the host of the queue's URL, whatever endpoint it was given.
  const others = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      value.replaceAll(/https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/g, endpoint),
    ]),
  );
  if (text === undefined) return others;
  const thirdParties = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const entries = Object.entries(thirdParties).map(([adapter, urls]) => {
    const local = Object.entries(urls).map(([name, url]) => [
      name,
      `${sandboxUrl}/${adapter}${new URL(url).pathname.replace(/\/$/, "")}`,
    ]);
    return [adapter, Object.fromEntries(local)];
  });
  return { ...others, HUB_THIRD_PARTIES: JSON.stringify(Object.fromEntries(entries)) };
}
