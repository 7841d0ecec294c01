// npm run quotas [-- --stack <name> …]: what each stack uses of AWS's quotas, without an account. Exit status 1 when one that AWS does not raise is exceeded.
import { resolve } from "node:path";
import { record } from "../local/record/record.ts";
import { stacksNamed } from "./policy/stacks.ts";
import { countedOf, quotaReport } from "./quotas/report.ts";

const ROOT = resolve(import.meta.dirname, "..");

try {
  for (const stack of stacksNamed("npm run quotas", ROOT)) {
    const { text, exceeded } = quotaReport(stack, countedOf(await record({ root: ROOT, stack, skipEncrypted: true })));
    console.log(text);
    if (exceeded) process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
