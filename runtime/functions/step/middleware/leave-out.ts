import { namesOf } from "../../../../model/event.ts";
import { patternOf } from "../../../../model/filter/compile.ts";
import { eventOf } from "../../../../model/filter/filter.ts";
import { meets } from "../../../../model/filter/pattern.ts";
import type { AnyStep } from "../../../../model/flow.ts";
import { awaitsOf } from "../../../../model/graph.ts";
import type { ReceivedEvent } from "../../../envelope/cause.ts";
import { unusedReport } from "../../../publish/entries.ts";
import { publishAll } from "../../../publish/publish-all.ts";
import type { Services } from "../../../services.ts";
import type { Validators } from "../../../validators.ts";
import { payloadOfEvent } from "../delivery/payload.ts";
import { present, type Run, type StepMiddleware } from "../delivery/run.ts";

/**
 * Ends a delivery whose payload does not meet the step's filter. The rule keeps such events away, except those that only the step can
 * judge: of an older version of the schema, which it lifts, and of a rule as it was before the filter changed.
 */
export function leaveOut(services: Services, name: string, step: AnyStep, validators: Validators): StepMiddleware {
  const filtered = awaitsOf(step).flatMap((awaited) => {
    const pattern = patternOf(awaited);
    return pattern ? [{ names: namesOf(awaited), event: eventOf(awaited), pattern }] : [];
  });
  return {
    before: ({ event: run }) => {
      const event = present(run.event, "event");
      const filter = filtered.find(({ names }) => names.includes(event.name));
      return !filter || meets(filter.pattern, payloadOfEvent(event, filter.event, validators)) ? undefined : end(run, event);
    },
  };

  async function end(run: Run, event: ReceivedEvent) {
    const parts = step.on.kind === "join" ? { parts: { [event.name]: 1 } } : {};
    await publishAll(services, [unusedReport(services.environment, name, event, parts)]);
    run.log.info("the step's filter leaves the event out", { version: event.metadata.version });
    return "left-out";
  }
}
