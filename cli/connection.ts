import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "./cli-error.ts";

/** Address of the hub and an operator's API key. */
export interface Connection {
  /** URL of the gateway, without a trailing slash. */
  readonly url: string;
  readonly apiKey: string;
  /** URL of the local collector of traces, without a trailing slash. @default none: the hub is on AWS */
  readonly tracesUrl?: string;
  /** API keys of the stack's other consumers, each of which lists the requests of its own tenant. @default none: the key was given */
  readonly otherKeys?: readonly string[];
  /** URL of the local console, without a trailing slash. @default none: the hub is on AWS */
  readonly consoleUrl?: string;
  /** The stack on AWS, where one is named. */
  readonly aws?: { readonly region: string; readonly stack: string };
}
interface Outputs {
  readonly sandboxUrl?: string;
  readonly apiUrl?: string;
  readonly tracesUrl?: string;
  readonly consoleUrl?: string;
  readonly region?: string;
  readonly apiKeys?: Readonly<Record<string, string>>;
  readonly operators?: readonly string[];
}

/**
 * Chooses the hub: `--url` and `--key` (or HUB_URL and HUB_API_KEY), else the stack on AWS that `--stack` names, else the hub on this
 * machine.
 * @throws CliError when the options are incomplete or the hub can't be found
 */
export function connect(options: {
  readonly url?: string;
  readonly key?: string;
  readonly stack?: string;
  readonly data?: string;
}): Connection {
  const isNamed = options.stack !== undefined || options.data !== undefined;
  const url = options.url ?? (isNamed ? undefined : process.env.HUB_URL);
  const apiKey = options.key ?? (isNamed ? undefined : process.env.HUB_API_KEY);
  if (url && !/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new CliError(`The hub's address is "${url}". Give one that begins with https:// or http://.`);
  if (url && apiKey) return { url: url.replace(/\/$/, ""), apiKey };
  if (url || apiKey) throw new CliError("Only one of --url and --key is given. Give both, or neither.");
  if (options.stack === undefined) return operatorOf(local(options.data ?? ".hub"));
  const { consoleUrl: _, tracesUrl: __, ...outputs } = deployed(options.stack);
  const stack = stackName(options.stack);
  // A stack that was deployed before it had this output names its region in the address that API Gateway gives.
  const region = outputs.region ?? /\.execute-api\.([a-z0-9-]+)\./.exec(outputs.apiUrl ?? "")?.[1];
  return { ...operatorOf(outputs), ...(region !== undefined && { aws: { region, stack } }) };
}

/** @returns `prod` of `organisation/project/prod`, Pulumi's long form */
export const stackName = (stack: string): string => stack.slice(stack.lastIndexOf("/") + 1);

function operatorOf({ apiUrl, tracesUrl, consoleUrl, apiKeys = {}, operators = [] }: Outputs): Connection {
  const [operator] = operators;
  const apiKey = operator === undefined ? undefined : apiKeys[operator];
  if (!apiUrl || !apiKey) throw new CliError("The stack has no operator. Add a consumer to hub:operators and deploy the stack.");
  const otherKeys = Object.values(apiKeys).filter((key) => key !== apiKey);
  return {
    url: apiUrl.replace(/\/$/, ""),
    apiKey,
    otherKeys,
    ...(tracesUrl !== undefined && { tracesUrl }),
    ...(consoleUrl !== undefined && { consoleUrl }),
  };
}

/** @returns URL of the local sandbox. @throws CliError when no hub runs on this machine */
export function sandboxOf({ data = ".hub" }: { readonly data?: string }): string {
  const { sandboxUrl } = local(data);
  if (sandboxUrl === undefined) throw new CliError(`The hub on ${data} is of an older version. Stop it, and start it again.`);
  return sandboxUrl;
}

/** Reads the file that `npm start` keeps while it runs. */
function local(data: string): Outputs {
  const file = join(data, "running.json");
  if (!existsSync(file))
    throw new CliError(`No hub runs on ${data}. Start one with npm start, or name a stack on AWS with --stack.`);
  return JSON.parse(readFileSync(file, "utf8")) as Outputs;
}

function deployed(stack: string): Outputs {
  try {
    const text = execFileSync("pulumi", ["stack", "output", "--json", "--show-secrets", "--stack", stack], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return JSON.parse(text) as Outputs;
  } catch (error) {
    const { code, stderr, message } = error as { readonly code?: string; readonly stderr?: string; readonly message: string };
    if (code === "ENOENT")
      throw new CliError(
        "The Pulumi CLI is not installed, which knows the stack's address. Install it, or give --url and --key.",
      );
    const reason = (stderr || message).trim().split("\n").at(-1) ?? "";
    throw new CliError(
      `The outputs of stack ${stack} can't be read: ${reason.replace(/\.$/, "")}. Log in with pulumi login, or give --url and --key.`,
    );
  }
}
