import type { Flow } from "../flow.ts";
import { checkAdapters } from "./check-adapters.ts";
import { checkAdmission } from "./check-admission.ts";
import { checkAuth } from "./check-auth.ts";
import { checkEvents } from "./check-events.ts";
import { checkFilters } from "./check-filters.ts";
import { checkJoins } from "./check-joins.ts";
import { checkNames } from "./check-names.ts";
import { checkPolls } from "./check-polls.ts";
import { checkQuotas } from "./check-quotas.ts";
import { checkRetries } from "./check-retries.ts";
import { checkRoutes } from "./check-routes.ts";
import { checkSchedules } from "./check-schedules.ts";
import { checkSerial } from "./check-serial.ts";
import { checkShapes } from "./check-shapes.ts";
import { checkSlo } from "./check-slo.ts";
import { checkSteps } from "./check-steps.ts";
import { checkSync } from "./check-sync.ts";
import { checkWebhooks } from "./check-webhooks.ts";
import { checkWiring } from "./check-wiring.ts";
import { type Check, DeclarationError, type Problem } from "./problem.ts";

const CHECKS: readonly Check<Flow>[] = [
  checkNames,
  checkRoutes,
  checkAdmission,
  checkSlo,
  checkAuth,
  checkSchedules,
  checkPolls,
  checkWebhooks,
  checkSync,
  checkEvents,
  checkWiring,
  checkSteps,
  checkFilters,
  checkRetries,
  checkJoins,
  checkSerial,
  checkQuotas,
  checkAdapters,
];

/**
 * Checks what types can't express about one flow.
 * @returns all problems at once, check by check; empty when the flow is sound
 */
export function checkFlow(flow: Flow): readonly Problem[] {
  const malformed = [...checkShapes(flow)];
  return malformed.length > 0 ? malformed : CHECKS.flatMap((check) => [...check(flow)]);
}

/** @throws DeclarationError with all problems of the flow */
export function assertFlow(flow: Flow): void {
  const problems = checkFlow(flow);
  if (problems.length > 0) throw new DeclarationError(problems);
}
