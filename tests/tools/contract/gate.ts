import type { Flow } from "../../../model/index.ts";
import { breaksOf } from "../../../tools/contract/breaks.ts";
import { describeBreak } from "../../../tools/contract/findings.ts";
import { lockOf, renewed, textOf } from "../../../tools/contract/lock.ts";

export const about = { summary: "A flow for tests.", owner: "tests", source: import.meta.url };

/** As a deployment meets them: the one in the lock file, the other as code. */
export const breaks = (before: readonly Flow[], after: readonly Flow[]): readonly string[] =>
  breaksOf(lockOf(textOf(renewed(undefined, { flows: before, note: "", breaking: false }))), after).map(describeBreak);
