import type { FlowTargets } from "../../../protocol/dead-letter.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { type FlowStatus, type HubStatus, MOST_COUNTED, type QueueDepth } from "../../../protocol/status.ts";
import { breakerKey, holdsKey } from "../../../protocol/table.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { failureOf } from "../../errors.ts";
import { holdsIn } from "../../holds.ts";
import { json } from "../../http/problem.ts";
import type { Logger } from "../../logging/logger.ts";
import type { QueueDepths } from "../../ports.ts";
import type { Services } from "../../services.ts";
import { breakerOf } from "../../third-party/breaker.ts";
import type { DeadLetter } from "../dead-letters/dead-letter.ts";
import { deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { flowNamed, stepNamed, type targetStore } from "../dead-letters/targets.ts";
import type { Operation } from "./route.ts";
import { timersOf } from "./timer-status.ts";

/** Calls of SQS at once: a hub may have a thousand queues, and the gateway waits for 29 seconds. */
const AT_ONCE = 50;

export function statusOperations(
  { table, clock, environment: { table: tableName } }: Services<OpsEnvironment>,
  targets: ReturnType<typeof targetStore>,
  depths: () => QueueDepths,
  log: Logger,
) {
  const store = deadLetterStore(table);

  async function depthsOf(urls: readonly string[]): Promise<ReadonlyMap<string, QueueDepth | null>> {
    const found = new Map<string, QueueDepth | null>();
    const left = [...urls];
    let failed: unknown;
    const reader = async () => {
      for (let url = left.pop(); url !== undefined; url = left.pop())
        found.set(
          url,
          await depths()
            .of(url)
            .catch((error: unknown) => {
              failed = error;
              return null;
            }),
        );
    };
    await Promise.all(Array.from({ length: AT_ONCE }, reader));
    // A stack that is half deployed has queues that the role may not read yet: the others are shown.
    if (failed !== undefined) log.warn("queues could not be counted", { code: failureOf(failed).code });
    return found;
  }

  return {
    status: {
      read: async () => {
        const flows = await targets();
        const thirdParties = [...new Set(flows.flatMap(({ thirdParties = [] }) => thirdParties))].sort();
        const [depth, holds, open, oldest, { deadLetters }, breakers, timers] = await Promise.all([
          depthsOf(flows.flatMap(({ steps }) => Object.values(steps).map(({ queueUrl }) => queueUrl))),
          table.get(holdsKey).then(holdsIn),
          store.countOpen(),
          store.oldest(),
          store.find({ state: "open" }, MOST_COUNTED, clock.now()),
          Promise.all(thirdParties.map((name) => table.get(breakerKey(name)))),
          timersOf(table, flows, clock.now()),
        ]);
        const counts = countsOf(flows, deadLetters);
        const status: HubStatus = {
          at: new Date(clock.now()).toISOString(),
          table: tableName,
          flows: flows
            .map(
              ({ flow, steps, slo }): FlowStatus => ({
                flow,
                steps: Object.entries(steps).map(([step, { queueUrl }]) => ({
                  step,
                  queue: queueUrl.slice(queueUrl.lastIndexOf("/") + 1),
                  depth: depth.get(queueUrl) ?? null,
                  deadLetters: counts.get(`${flow}/${step}`) ?? 0,
                })),
                timers: timers.get(flow) ?? [],
                deadLetters: counts.get(flow) ?? 0,
                objective: slo ?? null,
              }),
            )
            .sort((a, b) => a.flow.localeCompare(b.flow)),
          thirdParties: thirdParties.map((name, i) => ({ name, ...breakerOf(breakers[i], clock.now()) })),
          holds: holds.filter(({ until }) => Date.parse(until) > clock.now()),
          deadLetters: { open, oldest: oldest ?? null, counted: deadLetters.length },
        };
        return json(200, status);
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}

/** @returns number of dead letters by `<flow>` and by `<flow>/<step>`, under the names that these have now */
function countsOf(flows: readonly FlowTargets[], deadLetters: readonly DeadLetter[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (place: string) => counts.set(place, (counts.get(place) ?? 0) + 1);
  for (const deadLetter of deadLetters) {
    const owner = flowNamed(flows, deadLetter.flow);
    const flow = owner?.flow ?? deadLetter.flow;
    add(flow);
    add(`${flow}/${(owner && stepNamed(owner, deadLetter.step)?.step) ?? deadLetter.step}`);
  }
  return counts;
}
