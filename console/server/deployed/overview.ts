import type { FlowStatus, HubStatus } from "../../../protocol/status.ts";
import type { FlowOverview, Health, MessageCounts, Overview } from "../../shared/api.ts";
import { graphsOf, partiesOf } from "../declared.ts";
import { hubDrawing } from "../drawing.ts";
import { ATTENTION, healthOfMap, LISTED, partyPage } from "../overview.ts";
import type { DeployedHub } from "./hub.ts";
import type { requestList } from "./request-list.ts";

/** A flow or a third party that the program declares and the stack does not have, such as one that is not deployed yet. */
const NO_FLOW: Omit<FlowStatus, "flow"> = { steps: [], timers: [], deadLetters: 0, objective: null };
const NO_PARTY = { breaker: "closed", failures: 0, openUntil: null } as const;

/**
 * How a deployed stack stands, by `GET /ops/status`: queues, breakers, holds and dead letters. Requests are not counted, since the API lists
 * them page by page; the latest that need an operator are listed.
 */
export async function overviewOf(
  hub: DeployedHub,
  status: HubStatus,
  requests: ReturnType<typeof requestList>,
): Promise<Overview> {
  const query = `status:${ATTENTION.join(",")}`;
  const attention = await requests({ query, offset: 0, limit: LISTED, asOf: undefined, rowsOnly: true, now: Date.now() });
  const graphs = graphsOf(hub);
  const flows = graphs.map(({ flow, summary, owner }): FlowOverview => {
    const { steps, deadLetters, objective } = status.flows.find((one) => one.flow === flow) ?? NO_FLOW;
    const messages = messagesIn(steps);
    const health = healthOf(messages, deadLetters);
    const promise = objective && { objective, outcomes: null };
    return { flow, summary, owner, counts: null, messages, openDeadLetters: deadLetters, perMinute: null, health, promise };
  });
  const parties = partiesOf(hub).map(({ name }) =>
    partyPage(hub, name, status.thirdParties.find((one) => one.name === name) ?? NO_PARTY),
  );
  const { open, oldest } = status.deadLetters;
  return {
    stack: hub.deployed.name,
    counts: null,
    openDeadLetters: open,
    ...(oldest !== null && { oldestDeadLetter: oldest }),
    perMinute: null,
    flows,
    parties,
    holds: status.holds,
    alarms: null,
    map: hubDrawing(graphs),
    health: healthOfMap(flows, parties),
    attention: attention.rows,
    index: null,
  };
}

/** @returns `null` where SQS did not say for a step */
function messagesIn(steps: FlowStatus["steps"]): MessageCounts | null {
  let waiting = 0;
  let inFlight = 0;
  for (const { depth } of steps) {
    if (!depth) return null;
    waiting += depth.visible + depth.delayed;
    inFlight += depth.inFlight;
  }
  return { waiting, inFlight };
}

function healthOf(messages: MessageCounts | null, deadLetters: number): Health {
  if (deadLetters > 0) return "bad";
  if (messages && messages.waiting > 0) return "wait";
  return messages && messages.inFlight > 0 ? "busy" : "idle";
}
