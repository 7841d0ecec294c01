import type { PassedEvent, PassingEvents } from "../shared/api.ts";
import { LATEST } from "./catalogue.ts";
import type { EventIndex } from "./event-index.ts";
import type { ShownHub } from "./hub-port.ts";
import { Problem } from "./problem.ts";
import { patternOf } from "./rules.ts";

/** Most names of events that one call may give: a step waits for fewer. */
const MOST_NAMES = 100;
/** Events that are read to find those that a condition lets pass. */
const MOST_READ = 1_000;

/** @returns the last events that pass an edge, the newest first */
export function passedEvents(
  hub: Pick<ShownHub, "resources" | "matches" | "eventAt">,
  events: EventIndex,
  passing: PassingEvents,
): readonly PassedEvent[] {
  const pattern = passing.to && patternOf(hub, passing.to.flow, passing.to.step);
  if (!pattern) return events.latest(passing, LATEST);
  const found: PassedEvent[] = [];
  for (const event of events.latest(passing, MOST_READ)) {
    if (found.length === LATEST) break;
    // Numbers of more than 16 digits are raw JSON in `detail`.
    const archived: unknown = JSON.parse(JSON.stringify(hub.eventAt(event.place) ?? null));
    if (archived !== null && hub.matches(pattern, archived)) found.push(event);
  }
  return found;
}

/** @throws Problem 400 */
export function passingOf(query: URLSearchParams): PassingEvents {
  const names = query.getAll("name");
  if (names.length > MOST_NAMES) throw new Problem(400, `There are more than ${MOST_NAMES} parameters name.`);
  const [by, to] = [placeOf(query, "by"), placeOf(query, "to")];
  return { names, ...(by && { by }), ...(to && { to }) };
}

/** A step as `<flow>/<step>`. */
function placeOf(query: URLSearchParams, name: string) {
  const [flow, step] = query.get(name)?.split("/") ?? [];
  return flow === undefined || step === undefined ? undefined : { flow, step };
}
