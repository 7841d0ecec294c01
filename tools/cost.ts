// npm run cost -- [--stack <name>] [--rate <a second> | --rate <flow>.<trigger>=<a second> …]: what the stack costs a month, idle and at a rate.
import { resolve } from "node:path";
import { importFlows } from "../components/flow/import-flows.ts";
import { stackConfig } from "../local/record/config.ts";
import { record } from "../local/record/record.ts";
import { scriptOptions } from "../local/script-options.ts";
import { assumptionsOf, STEP_MS } from "./cost/assumed.ts";
import { idleCosts } from "./cost/idle.ts";
import { measure, measurePolls } from "./cost/measure.ts";
import { ratesOf } from "./cost/rates.ts";
import { costReport, nameOf } from "./cost/report.ts";
import { pollsCost } from "./cost/variable.ts";
import { countedOf } from "./quotas/report.ts";

const ROOT = resolve(import.meta.dirname, "..");

try {
  const options = {
    stack: { type: "string" },
    rate: { type: "string", multiple: true },
    "step-ms": { type: "string" },
  } as const;
  const { stack = "dev", rate = ["1"], "step-ms": stepMs = String(STEP_MS) } = scriptOptions("npm run cost", options).values;
  if (!(Number(stepMs) > 0)) throw new Error(`--step-ms is "${stepMs}". Give the milliseconds that a step runs, such as 100.`);
  const resources = countedOf(await record({ root: ROOT, stack, skipEncrypted: true }));
  const { values } = stackConfig(ROOT, stack, true);
  const { flows } = await importFlows(resolve(ROOT, "flows"));
  const measured = (await Promise.all(flows.map(measure))).flat();
  const polls = (await Promise.all(flows.map(measurePolls))).flat();
  const assumed = assumptionsOf(resources, values, Number(stepMs));
  const report = costReport({
    stack,
    idle: { ...idleCosts(resources), Polls: pollsCost(polls, assumed) },
    measured,
    rates: ratesOf(rate, measured.map(nameOf)),
    assumed,
  });
  console.log(report);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
