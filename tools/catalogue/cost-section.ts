import type { Measured } from "../cost/measure.ts";
import { PRICED_ON } from "../cost/prices.ts";
import { type Assumptions, costsOf, totalOf } from "../cost/variable.ts";
import { code, section, table } from "./markdown.ts";

/** What a request of each trigger uses, by the hub's own code, and what the stack's settings make of it. */
export interface MeasuredHub {
  readonly measured: readonly Measured[];
  readonly assumed: Assumptions;
}

/** Two digits: a byte more in a log line changes no page. */
const rounded = (usd: number) => String(Number(usd.toPrecision(2)));

/** @returns the cost of a million requests by trigger; `""` for a flow that has no trigger */
export function costSection(flow: string, { measured, assumed }: MeasuredHub): string {
  const own = measured.filter((one) => one.flow === flow);
  if (own.length === 0) return "";
  const refused = own.filter((one) => one.refused.length > 0);
  return section(
    "Cost",
    [
      table(
        ["trigger", "USD a million requests", "events", "messages", "runs", "reads", "writes"],
        own.map(({ trigger, use }) => [
          code(trigger),
          rounded(totalOf(costsOf(use, assumed)) * 1e6),
          ...[use.events, use.messages, use.stepRuns + use.hubRuns, use.readUnits, use.writeUnits].map(String),
        ]),
      ),
      ...refused.map(
        ({ trigger, refused }) =>
          `\nThe sample for ${code(trigger)} is refused (${refused.join(", ")}): what would follow is not counted.\n`,
      ),
      `\nIn us-east-1, prices of ${PRICED_ON}, without free tiers and what the stack costs idle; a step runs ${assumed.stepMs} ms. ` +
        "`npm run cost` prints each stack at a rate.\n",
    ].join(""),
  );
}
