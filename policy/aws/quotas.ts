import type { StackValidationPolicy } from "@pulumi/policy";
import { quotaUses } from "../quotas.ts";
import { known, type Props } from "../rule.ts";

const REMEDY = "Divide what holds too much: a flow with many steps, a function with many third parties, a hub with many flows";

/** Quotas that AWS raises depend on the account: `npm run preflight` compares them. */
export const quotas: readonly StackValidationPolicy[] = [
  {
    name: "quotas-fixed",
    description: "No resource exceeds a quota that AWS does not raise.",
    remediationSteps: `${REMEDY}.`,
    tags: [],
    enforcementLevel: "mandatory",
    validateStack: ({ resources }, report) => {
      // Inputs that a preview does not know yet are counted by the update.
      const counted = resources.flatMap(({ type, name, props }) => {
        const copy = known(() => ({ ...(props as Props) }));
        return copy === undefined ? [] : [{ type, name, props: copy }];
      });
      for (const { quota, holder, used } of quotaUses(counted))
        if (!quota.raisable && used > quota.limit)
          report(
            `${quota.name[0]?.toUpperCase()}${quota.name.slice(1)}: ${holder} has ${used}, and AWS takes ${quota.limit} (${quota.page}). ${REMEDY}.`,
            resources.find(({ name }) => name === holder)?.urn,
          );
    },
  },
];
