import { METRIC, type Metric } from "../../protocol/metrics.ts";
import { BURN_RATES, type BurnWindow, type Objective, type Outcomes, type WindowOutcomes } from "../../protocol/slo.ts";
import type { FlowPromise } from "../shared/api.ts";
import type { ShownHub } from "./hub-port.ts";

/** @returns how the requests of a flow met its objective in the windows of its alarms */
export function outcomesOf(hub: Pick<ShownHub, "measured">, flow: string): WindowOutcomes {
  const within = (window: BurnWindow): Outcomes => {
    const sum = (metric: Metric) => hub.measured(metric, { flow }, "Sum", BURN_RATES[window].over) ?? 0;
    return { inTime: sum(METRIC.RequestsInTime), late: sum(METRIC.RequestsLate) };
  };
  return { fast: within("fast"), slow: within("slow") };
}

/** @param objective of the flow's graph */
export const promiseOf = (hub: Pick<ShownHub, "measured">, flow: string, objective: Objective | undefined): FlowPromise | null =>
  objective ? { objective, outcomes: outcomesOf(hub, flow) } : null;
