import type { Check } from "./check.ts";
import { FLOW_CHECKS } from "./flow-checks.ts";
import { PROBE_CHECKS } from "./probe-checks.ts";
import { TRIGGER_CHECKS } from "./trigger-checks.ts";

/** In the order in which they run. */
export const CHECKS: readonly Check[] = [...TRIGGER_CHECKS, ...FLOW_CHECKS, ...PROBE_CHECKS];
