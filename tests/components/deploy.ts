import * as pulumi from "@pulumi/pulumi";
import { madeByVpc } from "../../local/record/made-by-vpc.ts";
import { skipTraces } from "../../local/record/skip-traces.ts";
import { VPC } from "../../local/record/vpc-plan.ts";

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Resolved, without tags; what is unknown in a preview is absent. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>> | undefined;
  /** Names of the inputs that are secret as a whole: a state has them encrypted. */
  readonly secrets: readonly string[];
  /** Names of the outputs that are secret whatever the provider says. */
  readonly secretOutputs: readonly string[];
  /** Name of the parent, `undefined` at the top. */
  readonly parent: string | undefined;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Names of the resources that have to be there first. */
  readonly dependencies: readonly string[];
}

export interface Deployment<T> {
  readonly result: T;
  readonly resources: readonly Registered[];
  /** The resource of that type (such as `Queue`) and name. */
  of(type: string, name: string): Registered;
  /** A policy's statements by their `Sid`. */
  policy(type: string, name: string): Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface DeployOptions {
  readonly stack?: string;
  readonly config?: Readonly<Record<string, string>>;
  /** Nothing that a provider would add is known. @default false */
  readonly preview?: boolean;
  /** Results of the provider's functions by their tokens. @default none: the program calls none */
  readonly answers?: Readonly<Record<string, object>>;
}

/** The part of a registration that mocks do not get. */
interface Request {
  getObject(): { toJavaScript(): Readonly<Record<string, unknown>> };
  getAdditionalsecretoutputsList(): string[];
  getParent(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDependenciesList(): string[];
}

/** Runs a Pulumi program under mocks until each of its resources is registered. */
export async function deploy<T>(
  program: () => T | Promise<T>,
  { stack = "dev", config = {}, preview = false, answers = {} }: DeployOptions = {},
): Promise<Deployment<T>> {
  const resources: Registered[] = [];
  let request: Request | undefined;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const from = request;
        const { tags, ...rest } = inputs as Record<string, unknown>;
        resources.push({
          type,
          name,
          inputs: rest,
          tags: tags as Registered["tags"],
          secrets: Object.entries(from?.getObject().toJavaScript() ?? {})
            .filter(([, value]) => isSecret(value))
            .map(([key]) => key),
          secretOutputs: from?.getAdditionalsecretoutputsList() ?? [],
          parent: nameIn(from?.getParent()),
          protect: from?.getProtect() ?? false,
          retainOnDelete: from?.getRetainondelete() ?? false,
          dependencies: (from?.getDependenciesList() ?? []).map((urn) => nameIn(urn) ?? ""),
        });
        if (type === VPC && !preview) return { id: "", state: { ...inputs, ...madeByAwsx(name, inputs) } };
        return preview ? { id: "", state: {} } : { id: `${name}-id`, state: { ...inputs, ...outputsOf(type, name) } };
      },
      call: ({ token, inputs }) => {
        const answer = answers[token];
        if (answer) return { ...inputs, ...answer };
        throw new Error(`the program calls ${token}`);
      },
    },
    "hub",
    stack,
    preview,
  );
  pulumi.runtime.setAllConfig({ ...config });
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: Request, callback: unknown): Promise<void>;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (from, callback) => {
    request = from;
    return register(from, callback);
  };
  const result = await withFewTraces(async () => {
    const made = await program();
    await pulumi.runtime.disconnect();
    return made;
  });
  const of = (type: string, name: string) => {
    const found = resources.find((resource) => resource.name === name && resource.type.endsWith(`:${type}`));
    if (!found)
      throw new Error(`no ${type} ${name} among ${resources.map((resource) => `${resource.type} ${resource.name}`).join(", ")}`);
    return found;
  };
  return {
    result,
    resources,
    of,
    policy: (type, name) => {
      const { Version, Statement } = JSON.parse(of(type, name).inputs.policy as string) as {
        Version: string;
        Statement: { Sid: string }[];
      };
      if (Version !== "2012-10-17") throw new Error(`the policy of ${name} is of version ${Version}`);
      return Object.fromEntries(Statement.map(({ Sid, ...statement }) => [Sid, statement]));
    },
  };
}

async function withFewTraces<T>(run: () => Promise<T>): Promise<T> {
  const { prepareStackTrace, stackTraceLimit } = Error;
  skipTraces();
  Error.stackTraceLimit = 2;
  try {
    return await run();
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
}

/** awsx runs in a process of its own, which mocks have not: what it makes is not registered here, but its outputs are there. */
const madeByAwsx = (name: string, inputs: Readonly<Record<string, unknown>>) =>
  madeByVpc({ urn: "", name }, inputs, { region: "us-east-1", accountId: "123456789012", partition: "aws" }, (_, child) => child)
    .outputs;
/** How values travel to the engine: pulumi/pulumi, sdk/nodejs/runtime/rpc.ts, `specialSigKey` and `specialSecretSig`. */
const isSecret = (value: unknown) =>
  typeof value === "object" &&
  value !== null &&
  "4dabf18193072939515e22adb298388d" in value &&
  value["4dabf18193072939515e22adb298388d"] === "1b47061264138c4ac30d75fd1eb44270";

const nameIn = (urn: string | undefined) => (urn ? urn.split("::").at(-1) : undefined);

/** An ARN as the tests write it. */
export const arnOf = (service: string, name: string) => `arn:aws:${service}:us-east-1:123456789012:${name}`;

function outputsOf(type: string, name: string): Record<string, unknown> {
  const [, service = ""] = /^aws:(\w+)\//.exec(type) ?? [];
  return {
    arn: arnOf(service, name),
    name: `${name}-name`,
    url: `https://sqs/${name}`,
    invokeArn: `invoke:${name}`,
    executionArn: `execute:${name}`,
    invokeUrl: `https://api/${name}`,
    value: `value of ${name}`,
    regionalDomainName: `${name}.regional`,
    regionalZoneId: `zone of ${name}`,
    hex: "0a1b2c3d",
  };
}
