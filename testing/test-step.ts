import type { Flow, Message, StepState } from "../model/index.ts";
import { type FlowTest, type TestOptions, testFlow } from "./test-flow.ts";

export interface StepOutcome extends Pick<StepState, "status" | "attempts" | "error"> {
  /** What the step published, in its order. */
  readonly emitted: readonly Message[];
  /** Calls that third parties got. */
  readonly calls: ReturnType<FlowTest["calls"]>;
}

const FIRST = { requestId: "request-1", correlationId: "correlation-1" };

/**
 * Runs one step of a flow, with its retries, in virtual time.
 * @param messages the event that it waits for; of a join, one of each part; of a counted join, as many as it waits for
 * @throws RangeError when the flow has no such step, or an event does not fit
 */
export async function testStep(
  flow: Flow,
  name: string,
  messages: Message | readonly Message[],
  options: TestOptions = {},
): Promise<StepOutcome> {
  const step = flow.steps[name];
  if (!step)
    throw new RangeError(`the flow ${flow.name} has no step ${name}. Its steps are ${Object.keys(flow.steps).join(", ")}.`);
  const hub = await testFlow(flow, options, [name]);
  const [first, ...rest] = [messages].flat() as readonly Message[];
  if (!first) throw new RangeError("testStep needs the event that the step waits for.");
  const request = hub.send(first, FIRST);
  for (const [n, message] of rest.entries())
    hub.send(message, { ...FIRST, eventId: `${FIRST.requestId}.${String(n + 2).padStart(4, "0")}` });
  await hub.settle();
  const { steps } = await request.state();
  const state = steps.find((one) => one.step === name);
  const emits = step.emits.map(({ type }) => type);
  return {
    status: state?.status ?? "waiting",
    attempts: state?.attempts ?? 0,
    ...(state?.error && { error: state.error }),
    emitted: hub.events
      .slice(1 + rest.length)
      .filter((event) => emits.includes(event["detail-type"]))
      .map((event) => ({ type: event["detail-type"], data: event.detail.data })),
    calls: hub.calls(),
  };
}
