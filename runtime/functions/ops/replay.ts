import { randomUUID } from "node:crypto";
import { REPLAY_PREFIX } from "../../../protocol/queries.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { badRequest, HttpProblem, json } from "../../http/problem.ts";
import { pathParameterOf } from "../../http/request.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Replays } from "../../ports.ts";
import type { targetStore } from "../dead-letters/targets.ts";
import { bodyOf, checkWindow, optionalReasonOf, timeOf } from "./request.ts";
import type { Operation } from "./route.ts";

/**
 * Replays archived events to the rules of one flow, or of some of its steps. A step whose delivery record is done publishes its stored
 * result and does not run, so no effect is repeated.
 */
export function replayOperations(targets: ReturnType<typeof targetStore>, replays: () => Replays, log: Logger) {
  return {
    startReplay: {
      change: async ({ body }) => {
        const { flow, steps, from, to } = bodyOf(body, ["flow", "steps", "from", "to", "reason"]);
        const flows = await targets();
        const found = flows.find((candidate) => candidate.flow === flow);
        if (!found)
          throw badRequest(`flow is not a flow of this hub. It has ${flows.map((one) => one.flow).join(", ") || "none"}.`);
        const names = steps === undefined ? Object.keys(found.steps) : stepsOf(steps, Object.keys(found.steps));
        const times = { from: timeOf("from", from), to: timeOf("to", to) };
        const window = { from: seconds(times.from), to: seconds(times.to) };
        checkWindow(window.from, window.to);
        const name = `${REPLAY_PREFIX}${found.flow}-${randomUUID().slice(0, 8)}`;
        const ruleArns = names.map((step) => found.steps[step]?.ruleArn ?? "");
        return {
          about: { name, flow: found.flow, steps: names, ...times },
          why: optionalReasonOf(body),
          act: async (operator) => {
            await replays().start({ name, ...window, ruleArns });
            log.info("replay started", {
              ...{ operator: operator.name, replay: name, replayedFlow: found.flow },
              steps: names.join(),
            });
            return { response: json(202, { name, flow: found.flow, steps: names }), outcome: `started ${name}` };
          },
        };
      },
    },
    showReplay: {
      read: async (event) => {
        const name = pathParameterOf(event, "name") ?? "";
        const found = NAME.test(name) ? await replays().find(name) : undefined;
        if (!found) throw new HttpProblem(404, "Not Found", "There is no such replay.");
        return json(200, found);
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}

function stepsOf(given: unknown, known: readonly string[]): readonly string[] {
  if (!Array.isArray(given) || given.length === 0) throw badRequest("steps is not a list of step names.");
  const unknownStep = given.find((name) => !known.includes(name));
  if (unknownStep !== undefined) throw badRequest(`The flow has no step ${String(unknownStep)}. It has ${known.join(", ")}.`);
  return [...new Set(given as string[])];
}

/** Names of the hub's replays. The function's role permits no others. */
const NAME = new RegExp(`^${REPLAY_PREFIX}[.\\w-]{1,60}$`);

/** EventBridge takes whole seconds. */
const seconds = (iso: string) => Math.floor(Date.parse(iso) / 1_000) * 1_000;
