// npm run schemathesis: Schemathesis, an independent tool, calls the local hub with what docs/openapi.yaml allows and what it does not.
// With `--quick`, as in CI: about a minute and a half, a start of the hub included. What it may not report, and why: schemathesis.toml.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptOptions } from "../../local/script-options.ts";
import { Client } from "../../tests/e2e/client.ts";
import { running, someOrder } from "../../tests/e2e/support.ts";
import { pythonEnvironment } from "../python-environment.ts";
import { keysOf, type StackOutputs } from "../smoke/outputs.ts";
import { type SchemathesisReport, totals } from "./totals.ts";

const ROOT = join(import.meta.dirname, "../..");
const SEED = 20261129;
const { quick = false } = scriptOptions("npm run schemathesis", { quick: { type: "boolean" } }).values;
const [examples, seconds] = quick ? [5, 60] : [50, 1_200];

const found = pythonEnvironment("schemathesis", join(import.meta.dirname, "requirements.txt"));
if ("missing" in found) {
  console.log(`skipped: ${found.missing}.`);
  process.exit(0);
}
const data = mkdtempSync(join(tmpdir(), "hub-schemathesis-"));
try {
  const hub = await running(data);
  try {
    const outputs = JSON.parse(readFileSync(join(data, "running.json"), "utf8")) as StackOutputs & { readonly apiUrl: string };
    const key = keysOf(outputs).operator;
    const { sandboxUrl } = hub.client;
    const requestId = await new Client({ url: outputs.apiUrl, sandboxUrl, apiKey: key }).order(someOrder());
    const { passing, failing } = totals(await attack(found.dir, outputs.apiUrl, { HUB_API_KEY: key, HUB_REQUEST_ID: requestId }));
    console.log(`\n  ${passing} passing`);
    if (failing.length > 0) {
      console.log(`  ${failing.length} failing\n`);
      for (const failure of failing) console.log(`  ${failure}`);
      process.exitCode = 1;
    }
  } finally {
    hub.child.kill("SIGTERM");
    await hub.ended;
  }
} finally {
  rmSync(data, { recursive: true, force: true });
}

/** @returns its report; what it prints says how each finding is repeated */
async function attack(dir: string, url: string, given: Readonly<Record<string, string>>): Promise<SchemathesisReport> {
  const report = join(data, "schemathesis.json");
  const settings = { "max-examples": examples, "max-time": seconds, seed: SEED, "report-json-path": report };
  const args = [
    ...["--config-file", join(import.meta.dirname, "schemathesis.toml"), "run", join(ROOT, "docs/openapi.yaml"), "--url", url],
    ...Object.entries({ ...settings, report: "json" }).flatMap(([option, value]) => [`--${option}`, String(value)]),
  ];
  const env = { ...process.env, ...given, PYTHONDONTWRITEBYTECODE: "1", NO_COLOR: "1" };
  const child = spawn(join(dir, "bin/schemathesis"), args, { cwd: data, env, stdio: ["ignore", "inherit", "inherit"] });
  await new Promise((done) => child.once("close", done));
  return JSON.parse(readFileSync(report, "utf8")) as SchemathesisReport;
}
