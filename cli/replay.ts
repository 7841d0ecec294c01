import { OPS_ROUTES } from "../protocol/routes.ts";
import type { Options } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { call } from "./ops-client.ts";

interface Replay {
  readonly name: string;
  readonly flow: string;
  readonly steps: readonly string[];
}

/** Starts a replay of archived events to the steps of one flow. */
export async function replay(hub: Connection, { flow, step, from, to, reason, json }: Options): Promise<string> {
  if (typeof flow !== "string" || typeof from !== "string" || typeof to !== "string")
    throw new CliError("replay needs --flow, --from and --to. Write times as 2026-11-24T10:00:00Z.");
  const steps = typeof step === "string" ? { steps: step.split(",") } : {};
  const started = await call<Replay>(hub, OPS_ROUTES.startReplay, {
    body: { flow, ...steps, from, to, ...(reason !== undefined && { reason }) },
  });
  if (json) return JSON.stringify(started, null, 2);
  return `started replay ${started.name} of flow ${started.flow} to ${started.steps.join(", ")}`;
}
