import type { Flow } from "../flow.ts";
import { checkSharedAdapters } from "./check-adapters.ts";
import { checkSharedNames } from "./check-names.ts";
import { checkSharedRoutes } from "./check-routes.ts";
import { checkImports } from "./check-wiring.ts";
import type { Check, Problem } from "./problem.ts";

const CHECKS: readonly Check<readonly Flow[]>[] = [checkSharedNames, checkSharedRoutes, checkSharedAdapters, checkImports];

/**
 * Checks the flows of one hub against each other: clashing names, routes and adapters, and imports without a publisher.
 * @returns all problems at once; checkFlow checks each flow by itself
 */
export const checkHub = (flows: readonly Flow[]): readonly Problem[] => CHECKS.flatMap((check) => [...check(flows)]);
