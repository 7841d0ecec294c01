// Runs the Pulumi program with a monitor that records, and sends the recording to the parent process, which sends the job; and so on, one job
// after the other. Modules that the arguments name are loaded before the first.
import "./load-later.ts";
import { subscribe } from "node:diagnostics_channel";
import { flushCompileCache } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { FLOW_MODULES, type FlowModule } from "../../protocol/kinds.ts";
import { outputsOf } from "../kinds/index.ts";
import type { Place } from "../kinds/outputs.ts";
import type { RecordedResource } from "../recording.ts";
import { describeError } from "./describe-error.ts";
import { firstIdentity } from "./first-identity.ts";
import { importAfresh } from "./import-afresh.ts";
import { madeByVpc } from "./made-by-vpc.ts";
import { type OptionsRequest, optionsOf } from "./options-of.ts";
import { plain } from "./plain.ts";
import type { Job, Message, Outcome } from "./record.ts";
import { skipTraces } from "./skip-traces.ts";
import { VPC } from "./vpc-plan.ts";

// The program imports them again, and reports what is wrong with them.
for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href).catch(() => {});
type Mutable = { -readonly [K in keyof RecordedResource]: RecordedResource[K] };
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

/** A run of the program. */
interface Run {
  readonly job: Job;
  readonly resources: Mutable[];
  readonly modules: Record<string, string>;
  outputs: Record<string, unknown>;
  isReported: boolean;
}

const HUB = join(import.meta.dirname, "../..");
/** What a failed program may still do before the next run; one that does not end by then ends the process. */
const LEFTOVERS_MS = 1_000;

let current: Run | undefined;
let runs = 0;
let leftovers: NodeJS.Timeout | undefined;

process.on("uncaughtException", (error) =>
  report({ error: describeError(error, current?.job.root ?? "") }, () => process.exit(1)),
);
process.on("unhandledRejection", fail);
process.on("disconnect", () => process.exit(1));
// The event loop is empty once every registration and every `apply` has finished, also those of a program that has failed.
process.on("beforeExit", () => {
  clearTimeout(leftovers);
  leftovers = undefined;
  if (current) {
    const { job, resources, modules, outputs } = current;
    const { region, accountId } = job.place;
    keepCompiled(job.root);
    report({ recording: { project: job.config.project, stack: job.stack, region, accountId, resources, modules, outputs } });
  }
  awaitJob();
});

skipTraces();
subscribe(FLOW_MODULES, (message) => {
  const { flow, module } = message as FlowModule;
  if (current && module.startsWith("file:")) current.modules[flow] = fileURLToPath(module);
});
process.on("message", (job: Job) => {
  process.channel?.unref();
  runs += 1;
  current = { job, resources: [], modules: {}, outputs: {}, isReported: false };
  // `pulumi up` sets it, too. Some packages read it.
  process.env.AWS_REGION = job.place.region;
  if (runs > 1) importAfresh(job.root, runs);
  record(current).catch(fail);
});

awaitJob();

/** Node writes what it has compiled when it ends, and the parent ends this process by a signal. Copies of the hub would fill the cache. */
function keepCompiled(root: string): void {
  if (runs === 1 && !relative(HUB, root).startsWith("..")) flushCompileCache();
}

/** Keeps the process running until the parent sends a job. */
function awaitJob(): void {
  process.channel?.ref();
  send({ isReady: true });
}

function fail(error: unknown): void {
  leftovers ??= setTimeout(() => process.exit(1), LEFTOVERS_MS).unref();
  report({ error: describeError(error, current?.job.root ?? "") });
}

/** Once a run. */
function report(outcome: Outcome, then = () => {}): void {
  if (!current || current.isReported) {
    then();
    return;
  }
  current.isReported = true;
  send(outcome, then);
}

function send(message: Message, then = () => {}): void {
  process.send?.(message, undefined, undefined, then);
}

async function record(run: Run): Promise<void> {
  const { resources } = run;
  const { root, config, stack, place, keySeed } = run.job;
  /** URN -> current name and first name. */
  const names = new Map<string, { readonly name: string; readonly first: string }>();
  const pending: Promise<unknown>[] = [];
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
        const { id, ...added } = custom ? outputsOf({ ...identity, type, inputs: given }, { ...place, keySeed }) : { id: urn };
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
  process.chdir(root);
  const made = await pulumi.runtime.runInPulumiStack(async () => {
    const program = (await import(pathToFileURL(config.main).href)) as Record<string, unknown>;
    const exported = "default" in program ? program.default : { ...program };
    return typeof exported === "function" ? exported() : exported;
  });
  await Promise.all(pending);
  run.outputs = ((await plain(made)) ?? {}) as Record<string, unknown>;
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
