import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type EngineEvent, LocalWorkspace, type OpType, type PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { Operation, Plan } from "./changes.ts";
import { installLanguageHost } from "./language/install.ts";
import { Account } from "./provider/account.ts";
import { installStandIn } from "./provider/install.ts";

/** The real engine over one copy of the program, with the stand-in for AWS and a backend of files. */
export interface Engine {
  /** Of the CLI. */
  readonly version: string;
  preview(): Promise<Plan>;
  up(): Promise<Plan>;
  destroy(): Promise<Plan>;
  /** The stack's state as the backend holds it, JSON: an export would have the secrets in plain text. */
  state(): string;
  /** What the stand-in has made and not deleted. */
  account(): Account;
  close(): void;
}

export async function engineFor(pulumiCommand: PulumiCommand, workDir: string): Promise<Engine> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "hub-engine-")));
  for (const part of ["home", "state", "plugins"]) mkdirSync(join(dir, part));
  installStandIn(join(dir, "plugins"));
  installLanguageHost(join(dir, "plugins"), pulumiCommand.command);
  const accountDir = join(dir, "account");
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "dev", workDir },
    {
      pulumiCommand,
      pulumiHome: join(dir, "home"),
      envVars: {
        PATH: [join(dir, "plugins"), dirname(process.execPath), process.env.PATH].join(delimiter),
        PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "only for this test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        STAND_IN_ACCOUNT: accountDir,
      },
    },
  );
  return {
    version: String(pulumiCommand.version),
    preview: () => planned((onEvent) => stack.preview({ onEvent })),
    up: () => planned((onEvent) => stack.up({ onEvent })),
    destroy: () => planned((onEvent) => stack.destroy({ onEvent })),
    state: () => readFileSync(join(dir, "state/.pulumi/stacks/hub", `${stack.name}.json`), "utf8"),
    account: () => new Account(accountDir),
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** A replacement is told as three steps, of which `replace` is the one that says so. */
const TOLD: Partial<Record<OpType, Operation>> = { create: "create", update: "update", replace: "replace", delete: "delete" };

async function planned(run: (onEvent: (event: EngineEvent) => void) => Promise<unknown>): Promise<Plan> {
  const plan = new Map<string, Operation>();
  await run(({ resourcePreEvent }) => {
    const operation = resourcePreEvent && TOLD[resourcePreEvent.metadata.op];
    if (operation) plan.set(resourcePreEvent.metadata.urn, operation);
  });
  return plan;
}
