// Registers a hub of many flows, or the same resources from a list, at a monitor that accepts everything. Arguments: `hub <flows> [<list>]`
// writes what it registered to the list; `plain <list>` registers that. Prints { resources, cpuMs, allCpuMs, nodeMb, esbuildMb }.
import { readFileSync, writeFileSync } from "node:fs";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { flowWith, IntegrationHub } from "../../components/index.ts";
import { HANDLER_FILE } from "../../protocol/handlers.ts";
import { hubConfig } from "../../tests/components/hub-config.ts";
import fiveSteps from "../../tests/components/samples/five-steps.ts";
import { childrenOf, cpuOfTree, largestOf } from "../process-tree.ts";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly inputs: Record<string, unknown>;
}
type ResourceClass = new (name: string, inputs: object) => pulumi.Resource;

const [mode, given = "", list] = process.argv.slice(2);
const registered: Registered[] = [];

await pulumi.runtime.setMocks(
  {
    newResource: ({ type, name, inputs, custom = true }) => {
      registered.push({ type, name, custom, inputs: inputs as Registered["inputs"] });
      const arn = `arn:aws:service:us-east-1:123456789012:${name}`;
      return { id: `${name}-id`, state: { name, arn, url: name, invokeArn: arn, executionArn: arn, ...inputs } };
    },
    call: ({ inputs }) => ({ ...inputs, accountId: "123456789012", region: "us-east-1", name: "us-east-1", partition: "aws" }),
  },
  "hub",
  "bench",
);
const make = mode === "hub" ? makeHub : plain(JSON.parse(readFileSync(given, "utf8")) as readonly Registered[]);
const before = { self: process.cpuUsage(), all: cpuOfTree(process.pid) };
process.once("beforeExit", () => {
  const { user, system } = process.cpuUsage(before.self);
  const figures = {
    resources: registered.length,
    cpuMs: (user + system) / 1_000,
    allCpuMs: cpuOfTree(process.pid) - before.all,
    nodeMb: largestOf(process.pid),
    esbuildMb: childrenOf(process.pid).reduce((sum, pid) => sum + largestOf(pid), 0),
  };
  if (list !== undefined) writeFileSync(list, JSON.stringify(registered.map(withoutCode)));
  process.stdout.write(JSON.stringify(figures), () => process.exit(0));
});
make();

function makeHub(): void {
  const names = Array.from({ length: Number(given) }, (_, n) => `bench-flow-${n}`);
  new IntegrationHub("hub", hubConfig(), { flows: names.map((name) => flowWith(name, fiveSteps, { name })) });
}

/** As a program by hand: the provider's classes with constants, and one asset for each function. */
function plain(resources: readonly Registered[]): () => void {
  const code = new pulumi.asset.AssetArchive({
    [HANDLER_FILE]: new pulumi.asset.StringAsset("export const handler = () => {};"),
  });
  return () => {
    for (const { type, name, custom, inputs } of resources) {
      if (!custom) new pulumi.ComponentResource(type, name);
      else new (classOf(type))(name, "code" in inputs ? { ...inputs, code } : inputs);
    }
  };
}

/** `aws:sqs/queue:Queue` is aws.sqs.Queue. */
function classOf(type: string): ResourceClass {
  const [, folder = "", name = ""] = /^aws:(\w+)\/\w+:(\w+)$/.exec(type) ?? [];
  const known = (aws as unknown as Readonly<Record<string, Readonly<Record<string, ResourceClass | undefined>> | undefined>>)[
    folder
  ]?.[name];
  return (
    known ??
    class extends pulumi.CustomResource {
      constructor(called: string, inputs: object) {
        super(type, called, inputs as pulumi.Inputs);
      }
    }
  );
}

const withoutCode = ({ inputs, ...rest }: Registered) => ({
  ...rest,
  inputs: "code" in inputs ? { ...inputs, code: {} } : inputs,
});
