import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

const MODULE = join(import.meta.dirname, "cli");
const PROGRAM = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";

/** A CLI, or the reason why there is none. */
type Cli = { readonly command: PulumiCommand } | { readonly missing: string };

/** The `pulumi` on the PATH, else one built once from its Go module and kept in the user's cache. */
export async function pulumiCli(): Promise<Cli> {
  const installed = await PulumiCommand.get().catch((error: Error) => error);
  if (!(installed instanceof Error)) return { command: installed };
  const version = /github\.com\/pulumi\/pulumi\/pkg\/v3 (v\S+)/.exec(readFileSync(join(MODULE, "go.mod"), "utf8"))?.[1] ?? "";
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "integration-hub");
  const root = join(cache, `pulumi-${version}`);
  if (!existsSync(join(root, "bin/pulumi"))) {
    const failure = build(version, cache, root);
    if (failure) return { missing: `no \`pulumi\` on the PATH that fits @pulumi/pulumi, and ${failure}` };
  }
  return { command: await PulumiCommand.get({ root }) };
}

/** @returns the reason of a failure */
function build(version: string, cache: string, root: string): string | undefined {
  if (spawnSync("go", ["version"]).status !== 0) return "no `go` on the PATH to build it with";
  console.log(`building the Pulumi CLI ${version} from its Go module into ${root} (once; about ten minutes on two cores) …`);
  mkdirSync(cache, { recursive: true });
  // Another run may build it at the same time: each uses a separate folder, and the last one wins.
  const made = mkdtempSync(join(cache, "building-"));
  try {
    const flags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
    const { status, stderr } = spawnSync(
      "go",
      ["build", "-mod=readonly", "-ldflags", flags, "-o", join(made, "bin/pulumi"), PROGRAM],
      {
        cwd: MODULE,
        env: { ...process.env, GOFLAGS: "", GOWORK: "off" },
        stdio: ["ignore", "inherit", "pipe"],
        encoding: "utf8",
        maxBuffer: 2 ** 27,
      },
    );
    if (status !== 0) return `Go could not build it: ${stderr.trim().split("\n").at(-1) ?? ""}`;
    rmSync(root, { recursive: true, force: true });
    renameSync(made, root);
    return undefined;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
