import { firstName } from "../model/first-name.ts";
import type { Environment } from "./environment.ts";

/** The names under which the table holds what a step remembers: records and joins outlive a change of name. */
export const firstNames = ({ flow, formerly }: Pick<Environment, "flow" | "formerly">, step: string) => ({
  flow: firstName(flow, formerly?.flow),
  step: firstName(step, formerly?.step),
});

/** What a report says of a renamed step, for the ledger of a request that knows it by another name. */
export const formerNames = ({ formerly }: Pick<Environment, "formerly">) =>
  formerly && formerly.step.length > 0 ? { formerly: formerly.step } : {};
