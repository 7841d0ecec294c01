// Runs the Pulumi program with a monitor that records, and sends the recording to the parent process, which sends the job. Modules that the
// arguments name are loaded before it comes.
import "./load-later.ts";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { outputsOf } from "../kinds/index.ts";
import type { Place } from "../kinds/outputs.ts";
import type { RecordedResource } from "../recording.ts";
import type { StackConfig } from "./config.ts";
import { describeError } from "./describe-error.ts";
import { firstIdentity } from "./first-identity.ts";
import { madeByVpc } from "./made-by-vpc.ts";
import { type OptionsRequest, optionsOf } from "./options-of.ts";
import { plain } from "./plain.ts";
import type { Job, Outcome } from "./record.ts";
import { skipTraces } from "./skip-traces.ts";
import { VPC } from "./vpc-plan.ts";

// The program imports them again, and reports what is wrong with them.
for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href).catch(() => {});
const job = await new Promise<Job>((resolve) => process.once("message", resolve as (message: unknown) => void));
type Mutable = { -readonly [K in keyof RecordedResource]: RecordedResource[K] };
const resources: Mutable[] = [];
/** URN -> current name and first name. */
const names = new Map<string, { readonly name: string; readonly first: string }>();
const pending: Promise<unknown>[] = [];
/** Methods of the monitor of `setMocks()` that its type does not declare. */
interface Monitor {
  registerResource(request: Request, callback: unknown): Promise<void>;
  readResource(request: Request, callback: unknown): Promise<void>;
  registerResourceOutputs(request: Request, callback: unknown): void;
  newUrn(parent: string, type: string, name: string): string;
}
interface Request extends OptionsRequest {
  getParent(): string;
  getUrn(): string;
  getOutputs(): Parameters<typeof pulumi.runtime.deserializeProperties>[0];
}

let outputs: Record<string, unknown> = {};
let ended = false;

function send(outcome: Outcome) {
  if (ended) return;
  ended = true;
  process.send?.(outcome, undefined, undefined, () => process.exit(0));
}
const fail = (error: unknown) => send({ error: describeError(error, job.root) });
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
// The event loop is empty once every registration and every `apply` has finished.
process.on("beforeExit", () => {
  const { project } = job.config;
  send({
    recording: { project, stack: job.stack, region: job.place.region, accountId: job.place.accountId, resources, outputs },
  });
});

// `pulumi up` sets it, too. Some packages read it.
process.env.AWS_REGION = job.place.region;
skipTraces();
await record(job.config, job.stack, job.place);

async function record(config: StackConfig, stack: string, place: Place) {
  // Set by the wrappers below just before the monitor calls newResource(), which does not receive the parent or the options.
  let request: Request | undefined;
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ type, name, inputs, custom = true }) => {
        const parent = request?.getParent() ?? "";
        const urn = monitor.newUrn(parent, type, name);
        // As the engine does: https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
        if (names.has(urn)) throw new Error(`two resources have the URN ${urn}. Give one of them another name`);
        const options = request && optionsOf(request);
        const resource: Mutable = {
          urn,
          type,
          custom,
          name,
          parent: parent || undefined,
          inputs: {},
          outputs: {},
          ...(options && { options }),
        };
        resources.push(resource);
        const identity = firstIdentity(resource, names.get(parent));
        names.set(urn, { name, first: identity.name });
        const given = (await plain(inputs)) as Record<string, unknown>;
        if (type === VPC) {
          const made = madeByVpc(resource, given, place, (kind, child) => monitor.newUrn(urn, kind, child));
          resources.push(...made.resources);
          Object.assign(resource, { inputs: given, outputs: { ...given, ...made.outputs, id: urn } });
          return { id: urn, state: { ...inputs, ...made.outputs } };
        }
        const { id, ...added } = custom
          ? outputsOf({ ...identity, type, inputs: given }, { ...place, keySeed: job.keySeed })
          : { id: urn };
        Object.assign(resource, { inputs: given, outputs: { ...given, ...added, id } });
        return { id, state: { ...inputs, ...added } };
      },
      call: ({ token, inputs }) => answer(token, inputs as Record<string, unknown>, place),
    },
    config.project,
    stack,
    false,
    "local",
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  for (const method of ["registerResource", "readResource"] as const) {
    const original = monitor[method].bind(monitor);
    monitor[method] = (from, callback) => {
      request = from;
      return original(from, callback);
    };
  }
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    const found = resources.find(({ urn }) => urn === request.getUrn());
    const registered = pulumi.runtime.deserializeProperties(request.getOutputs());
    pending.push(
      plain(registered).then((known) => found && Object.assign(found, { outputs: { ...found.outputs, ...(known as object) } })),
    );
    registerOutputs(request, callback);
  };
  pulumi.runtime.setAllConfig({ ...config.values });
  process.chdir(job.root);
  const made = await pulumi.runtime.runInPulumiStack(async () => {
    const program = (await import(pathToFileURL(config.main).href)) as Record<string, unknown>;
    const exported = "default" in program ? program.default : { ...program };
    return typeof exported === "function" ? exported() : exported;
  });
  await Promise.all(pending);
  outputs = ((await plain(made)) ?? {}) as Record<string, unknown>;
}

/** Results of the AWS provider's functions that a program may call. @throws Error for any other function */
function answer(
  token: string,
  inputs: Record<string, unknown>,
  { region, accountId, partition }: Place,
): Record<string, unknown> {
  const functions: Record<string, () => Record<string, unknown>> = {
    "aws:index/getRegion:getRegion": () => ({
      id: region,
      name: region,
      region,
      description: region,
      endpoint: `ec2.${region}.amazonaws.com`,
    }),
    "aws:index/getCallerIdentity:getCallerIdentity": () => ({
      id: accountId,
      accountId,
      arn: `arn:${partition}:iam::${accountId}:root`,
      userId: accountId,
    }),
    "aws:index/getPartition:getPartition": () => ({
      id: partition,
      partition,
      dnsSuffix: "amazonaws.com",
      reverseDnsPrefix: "com.amazonaws",
    }),
  };
  const found = functions[token];
  if (!found) throw new Error(`the program calls ${token}, which the local hub does not answer. Add it to local/record/child.ts`);
  return { ...inputs, ...found() };
}
