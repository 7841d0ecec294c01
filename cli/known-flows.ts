import { OPS_ROUTES } from "../protocol/routes.ts";
import type { FlowStatus, HubStatus } from "../protocol/status.ts";
import type { Options } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { call } from "./ops-client.ts";

/** Of a filter that nothing matches, says whether it names what the hub does not have. @throws CliError with what it has */
export async function refuseUnknown(hub: Connection, { flow, step }: Options): Promise<void> {
  if (flow === undefined && step === undefined) return;
  const { flows } = await call<HubStatus>(hub, OPS_ROUTES.status);
  const among = flow === undefined ? flows : [flowIn(flows, flow)];
  const steps = among.flatMap((one) => one.steps.map((known) => known.step));
  if (step !== undefined && !steps.includes(String(step)))
    throw new CliError(
      `${flow === undefined ? "The hub" : `Flow ${String(flow)}`} has no step ${String(step)}. It has ${[...new Set(steps)].join(", ") || "none"}.`,
    );
}

/** @throws CliError with the flows that the hub has */
export function flowIn(flows: readonly FlowStatus[], name: unknown): FlowStatus {
  const found = flows.find(({ flow }) => flow === name);
  if (found) return found;
  throw new CliError(`The hub has no flow ${String(name)}. It has ${flows.map(({ flow }) => flow).join(", ")}.`);
}
