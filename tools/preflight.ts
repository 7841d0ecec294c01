// npm run preflight -- [--stack <name>]: asks the account, by the AWS CLI, what would stop the deployment. Exit status 1 when something does.
import { resolve } from "node:path";
import { stackConfig } from "../local/record/config.ts";
import { record } from "../local/record/record.ts";
import { scriptOptions } from "../local/script-options.ts";
import { awsCli } from "./preflight/aws-cli.ts";
import { preflight, problemsIn, reportOf } from "./preflight/run.ts";
import { countedOf } from "./quotas/report.ts";

const ROOT = resolve(import.meta.dirname, "..");

try {
  const { stack = "dev" } = scriptOptions("npm run preflight", { stack: { type: "string" } }).values;
  const { project, values } = stackConfig(ROOT, stack, true);
  const recording = await record({ root: ROOT, stack, skipEncrypted: true });
  const settings = Object.entries(values).flatMap(([key, value]) =>
    key.startsWith("hub:") ? [[key.slice("hub:".length), jsonIn(value)] as const] : [],
  );
  const checked = await preflight(awsCli(recording.region), {
    project,
    stack,
    resources: countedOf(recording),
    settings: Object.fromEntries(settings),
  });
  console.log(reportOf(`${stack} in ${recording.region}`, checked));
  process.exitCode = problemsIn(checked) > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
