import { devNull } from "node:os";
import type { Clock } from "../../emulator/clock.ts";
import { type Code, unpackCode } from "../../emulator/lambda/code.ts";
import type { FunctionSpec } from "../../emulator/lambda/function-spec.ts";
import { UserError } from "../../emulator/user-error.ts";
import { CLOCK, type HubClock, type TraceSettings, VARIABLES } from "../../protocol/environment.ts";
import { RECORD, RECORDED_PATH, type RecordSettings } from "../../protocol/recorded-answer.ts";
import { type RecordedResource, type ResourceIndex, textOf } from "../recording.ts";
import { sandboxPath } from "../sandbox/simulated-party.ts";
import { thirdPartiesOf } from "../sandbox/third-parties.ts";
import type { Emulators } from "./kind.ts";

const THIRD_PARTIES = VARIABLES.thirdParties.name;

interface FunctionInputs {
  readonly code?: Code;
  readonly handler?: string;
  readonly runtime?: string;
  readonly timeout?: number;
  readonly memorySize?: number;
  readonly reservedConcurrentExecutions?: number;
  readonly environment?: { readonly variables?: Readonly<Record<string, string>> };
  readonly loggingConfig?: { readonly logGroup?: string };
}

/** Time limit of a function in which a debugger may stop. A message whose handler was ended there comes back after it. */
const DEBUGGED_SECONDS = 3_600;

type Variables = Readonly<Record<string, string>>;

/**
 * The function with its code unpacked and its environment pointed at this machine.
 * @throws UserError when it is not a Node.js function with code, or Lambda may not assume its role
 */
export function functionSpec(resource: RecordedResource, emulators: Emulators, index: ResourceIndex): FunctionSpec {
  const inputs = resource.inputs as FunctionInputs;
  const { code, handler, runtime = "", reservedConcurrentExecutions: reserved = -1, memorySize = 128 } = inputs;
  if (!code || !handler || !runtime.startsWith("nodejs"))
    throw new UserError(`Function ${resource.name} does not run here. Give it code, a handler and a Node.js runtime.`);
  const { dir, hash } = unpackCode(code, emulators.root, emulators.codeDir);
  const name = textOf(resource, "name");
  const roleArn = textOf(resource, "role");
  if (!emulators.iam.mayAssume(roleArn, "lambda.amazonaws.com"))
    throw new UserError(
      `Function ${resource.name}: Lambda may not assume the role ${roleArn}. Let its trust policy allow sts:AssumeRole to lambda.amazonaws.com.`,
    );
  const logGroupName = inputs.loggingConfig?.logGroup ?? `/aws/lambda/${name}`;
  return {
    arn: textOf(resource, "arn"),
    name,
    handler,
    codeDir: dir,
    codeHash: hash,
    environment: {
      ...pointedHere(inputs.environment?.variables ?? {}, emulators, withCertificate(index)),
      ...lambdaVariables({ name, handler, runtime, memorySize, logGroupName, codeDir: dir }, emulators),
    },
    session: () => sessionOf(roleArn, emulators),
    roleArn,
    timeoutSeconds: emulators.debugged ? DEBUGGED_SECONDS : (inputs.timeout ?? 3),
    memoryMb: memorySize,
    logGroupName,
    ...(emulators.clock.speed !== undefined && { clockSpeed: emulators.clock.speed }),
    ...(reserved >= 0 && { reservedConcurrency: reserved }),
  };
}

/**
 * The variables that Lambda adds, and those that lead the SDK to the local endpoint.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
function lambdaVariables(
  configured: {
    readonly name: string;
    readonly handler: string;
    readonly runtime: string;
    readonly memorySize: number;
    readonly logGroupName: string;
    readonly codeDir: string;
  },
  { region, endpoint, clock, tracesUrl, live, sandboxUrl }: Emulators,
): Variables {
  return {
    ...hubClock(clock),
    ...(live.parties.size > 0 && {
      [RECORD]: JSON.stringify({
        url: `${sandboxUrl}${RECORDED_PATH}`,
        parties: [...live.parties.keys()],
      } satisfies RecordSettings),
    }),
    ...(tracesUrl !== undefined && { [VARIABLES.traces.name]: JSON.stringify(allTraces(tracesUrl)) }),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    // Without these the SDK would read the developer's own files, which a Lambda function does not have.
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

/** A machine under load takes its time, and no trace may be missing. */
const allTraces = (endpoint: string): TraceSettings => ({ share: 1, endpoint, longestMs: 30_000 });

/** The largest difference between the local clock and the machine's clock at which functions use the machine's. */
const SAME_MS = 1_000;

/** Lets runtime/aws/system-clock.ts follow the local clock where it differs from the machine's. */
function hubClock({ now, speed = 1 }: Clock): Variables {
  const [from, at] = [now(), Date.now()];
  return speed === 1 && Math.abs(from - at) < SAME_MS ? {} : { [CLOCK]: JSON.stringify({ speed, from, at } satisfies HubClock) };
}

/** Credentials of the function's role, as Lambda sets them in the environment. */
function sessionOf(roleArn: string, { iam }: Emulators) {
  const { accessKeyId, secretAccessKey, sessionToken } = iam.issueCredentials(roleArn);
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken };
}

/**
 * The program's variables, with queue URLs pointed at the local endpoint and third parties' URLs at the sandbox, but for those that are live:
 * `https://host/path` becomes `http://127.0.0.1:<port>/<adapter>/path`.
 * @param secured third parties that ask for a client certificate: the sandbox plays them by TLS
 */
function pointedHere(variables: Variables, { endpoint, sandboxUrl, live }: Emulators, secured: ReadonlySet<string>): Variables {
  const { [THIRD_PARTIES]: thirdParties, ...rest } = variables;
  // The SDK sends a message to the host of the queue's URL, whatever its endpoint is.
  const redirected = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      value.replaceAll(/https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/g, endpoint),
    ]),
  );
  const standard = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "en_US.UTF-8", TZ: ":UTC", ...redirected };
  if (thirdParties === undefined) return standard;
  const entries = Object.entries(JSON.parse(thirdParties) as Readonly<Record<string, Variables>>).map(([adapter, urls]) => [
    adapter,
    live.parties.has(adapter)
      ? addressesOf(urls, live.parties.get(adapter))
      : Object.fromEntries(
          Object.entries(urls).map(([name, url]) => {
            const origin = secured.has(adapter) ? sandboxUrl.replace("http:", "https:") : sandboxUrl;
            return [name, origin + sandboxPath(adapter, url)];
          }),
        ),
  ]);
  return { ...standard, [THIRD_PARTIES]: JSON.stringify(Object.fromEntries(entries)) };
}

/** @param instead addresses that live.json gives */
const addressesOf = (
  declared: Variables,
  { baseUrl, tokenUrl }: { baseUrl?: string | undefined; tokenUrl?: string | undefined } = {},
) => ({
  ...declared,
  ...(baseUrl !== undefined && { baseUrl }),
  ...(tokenUrl !== undefined && { tokenUrl }),
});

const withCertificate = (index: ResourceIndex): ReadonlySet<string> =>
  new Set(thirdPartiesOf(index).flatMap(({ name, clientCertificate }) => (clientCertificate === undefined ? [] : [name])));
