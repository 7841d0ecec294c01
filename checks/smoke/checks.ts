import type { Check } from "./check.ts";
import { DOOR_CHECKS } from "./door-checks.ts";
import { FLOW_CHECKS } from "./flow-checks.ts";
import { PROBE_CHECKS } from "./probe-checks.ts";

/** In the order in which they run. */
export const CHECKS: readonly Check[] = [...DOOR_CHECKS, ...FLOW_CHECKS, ...PROBE_CHECKS];
