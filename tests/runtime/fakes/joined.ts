import * as z from "zod";
import { event, flow, join, step } from "../../../model/index.ts";
import { serveStep } from "../../../runtime/index.ts";
import type { Recorded } from "../../../runtime/tracing/recorder.ts";
import type { Span } from "../../../runtime/tracing/span.ts";
import * as makers from "../../../runtime/tracing/span-makers.ts";
import { traceIdOf } from "../../../runtime/tracing/trace-ids.ts";
import { fakeDependencies, validatorsOf } from "./dependencies.ts";
import { busEvent } from "./fake-bus.ts";

const Priced = event("Priced", z.object({ orderId: z.string() }));
const Paid = event("Paid", z.object({ orderId: z.string() }));
const Shipped = event("Shipped", z.object({ orderId: z.string() }));

/** Parts of the join, of a request each: that of the price continues. */
export const price = busEvent("Priced", { orderId: "o-1" }, { eventId: "p-1", requestId: "r-1" });
export const payment = busEvent("Paid", { orderId: "o-1" }, { eventId: "p-2", requestId: "r-2" });

/** A step with a join by key, whose spans are kept. @param act what its handler does before it publishes */
export function servedJoin(act: () => void = () => {}) {
  const around = fakeDependencies();
  const spans: Span[] = [];
  const send = async (recorded: readonly Recorded[]) => void spans.push(...recorded.map(({ make }) => make(makers)));
  const orders = flow("orders", {
    summary: "",
    owner: "",
    imports: [Priced, Paid],
    steps: {
      ship: step({
        on: join({ price: Priced, payment: Paid }, { by: "orderId" }),
        emits: [Shipped],
        retry: { attempts: 1, backoff: "1 second", ceiling: "1 second" },
        handler: ({ price: { orderId } }) => {
          act();
          return Shipped({ orderId });
        },
      }),
    },
  });
  const services = { ...around.services, tracing: { share: 1, send } };
  return { spans, handle: serveStep(orders, "ship", validatorsOf(orders), () => services) };
}

/** @returns the spans of the join's attempts in the trace of a request */
export const attemptsIn = (spans: readonly Span[], requestId: string): readonly Span[] =>
  spans.filter(({ name, traceId }) => name === "process ship" && traceId === traceIdOf(requestId));
