import * as z from "zod";
import { api, event, flow, hmac, join, poll, schedule, step, webhook } from "../../../model/index.ts";

const data = z.object({ a: z.string().default("x") });
const Asked = event("LongestAsked", data);
const Hooked = event("LongestHooked", data);
const Timed = event("LongestTimed", data);
const Polled = event("LongestPolled", data);
const Answered = event("LongestAnswered", data);

/** Names as long as they may be, and each kind of trigger and step. */
export default flow("integration-to-warehouse", {
  summary: "The longest names.",
  owner: "tests",
  triggers: {
    apiTriggerTwentyChar: api("POST /longest/asked", { emits: Asked }),
    webhookTriggerOf18: webhook("POST /longest/hooked", {
      emits: Hooked,
      verify: hmac({ secret: "longest/hook", header: "x-s" }),
    }),
    scheduleTriggerOf20c: schedule("rate(1 day)", { emits: Timed }),
    pollTriggerOfTwentyC: poll("rate(1 day)", {
      ...{ emits: [Polled], cursor: data, start: {} },
      page: () => ({ events: [], cursor: {}, more: false }),
    }),
    syncTriggerTwentyCha: api("POST /longest/answered", {
      mode: "sync",
      request: z.object({}),
      answers: z.object({}),
      emits: Answered,
      handler: () => ({ answer: {}, event: Answered({}) }),
    }),
  },
  steps: {
    stepNameOfTwentyChar: step({ on: Asked, emits: [], handler: () => [], compensate: () => {} }),
    directStepOf20Charac: step({ on: Hooked, emits: [], delivery: "direct", handler: () => [] }),
    polledStepOf20Charac: step({ on: Polled, emits: [], handler: () => [] }),
    joinStepOfTwentyChar: step({
      on: join({ timed: Timed, answered: Answered }, { within: "1 minute" }),
      emits: [],
      handler: () => [],
    }),
  },
});
