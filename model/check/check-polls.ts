import { parseDuration, seconds } from "../duration.ts";
import type { Flow } from "../flow.ts";
import { POLL_BEGINS, POLL_MARGIN, POLL_TIMEOUT, type PollTrigger } from "../poll.ts";
import { checkTimeouts } from "./adapter-timeouts.ts";
import { checkDuration, checkMemory, checkSchema } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Of Lambda. Seconds. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const TIMEOUT = [30, 900] as const;

interface Placed {
  readonly where: string;
  readonly trigger: PollTrigger;
}

/** Cursors and settings of polls; their times, events and adapters are checked with all others. */
export function* checkPolls(flow: Flow): Iterable<Problem> {
  for (const [name, trigger] of Object.entries(flow.triggers)) {
    if (trigger.kind !== "poll") continue;
    const where = placeIn(flow, `trigger ${name}`);
    yield* checkDuration({ where: `${where}, timeout`, value: trigger.timeout, within: TIMEOUT });
    yield* checkMemory({ where: `${where}, memory`, value: trigger.memory });
    yield* checkBudget({ where: `${where}, uses`, trigger });
    if (trigger.emits.length === 0)
      yield problem("RANGE", where, "it emits no event, so it would start nothing", "List the events in `emits`");
    yield* checkCursor({ where, trigger });
  }
}

/** A page that begins late must have time left to publish its events. */
function checkBudget({ where, trigger: { uses = {}, timeout = POLL_TIMEOUT } }: Placed): Iterable<Problem> {
  const left = (parseDuration(timeout) ?? seconds(POLL_TIMEOUT)) * (1 - POLL_BEGINS) - POLL_MARGIN;
  return checkTimeouts({ where, uses, left, who: "a page", remedy: "Raise the poll's timeout, or shorten the adapters'" });
}

function* checkCursor({ where, trigger: { cursor, start } }: Placed): Iterable<Problem> {
  const problems = [...checkSchema({ where: `${where}, cursor`, value: cursor })];
  yield* problems;
  if (problems.length > 0) return;
  for (const { path, message } of cursor.safeParse(start).error?.issues ?? [])
    yield problem(
      "POLL",
      where,
      `\`start\` does not match the cursor's schema: ${path.join(".") || "cursor"}: ${message}`,
      "Correct `start`",
    );
}
