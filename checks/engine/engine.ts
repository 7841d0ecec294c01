import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { LocalWorkspace, type PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { EngineStack } from "./engine-stack.ts";
import { installLanguageHost } from "./language/install.ts";
import { installStandIn } from "./provider/install.ts";

/** The real engine over one copy of the program, with the stand-in for AWS and a backend of files. */
export interface Engine {
  /** Version of the CLI. */
  readonly version: string;
  /** Origin of the language host for Node. */
  readonly languageHost: "Pulumi's own" | "a stand-in";
  /** Creates the stack. Its settings are `Pulumi.<name>.yaml`. */
  stack(name: string): Promise<EngineStack>;
  close(): void;
}

export function engineFor(pulumiCommand: PulumiCommand, workDir: string): Engine {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "hub-engine-")));
  const [home, state, plugins] = ["home", "state", "plugins"].map((part) => join(dir, part)) as [string, string, string];
  for (const folder of [home, state, plugins]) mkdirSync(folder);
  installStandIn(plugins);
  const ours = installLanguageHost(plugins, pulumiCommand.command);
  return {
    version: String(pulumiCommand.version),
    languageHost: ours ? "a stand-in" : "Pulumi's own",
    async stack(stackName) {
      const account = join(dir, `account-${stackName}`);
      const envVars = {
        PATH: [plugins, dirname(process.execPath), process.env.PATH].join(delimiter),
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: "only for this test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        // The state is written at the end of a run, not after each resource: no run of these tests is killed.
        PULUMI_SKIP_CHECKPOINTS: "true",
        // Pulumi keeps a trace of each promise, which are hundreds of thousands; two lines are enough to find a flow's file.
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --stack-trace-limit=2`,
        STAND_IN_ACCOUNT: account,
      };
      const stack = await LocalWorkspace.createOrSelectStack(
        { stackName, workDir },
        { pulumiCommand, pulumiHome: home, envVars },
      );
      return new EngineStack(stack, join(state, ".pulumi/stacks/hub", `${stackName}.json`), account);
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
