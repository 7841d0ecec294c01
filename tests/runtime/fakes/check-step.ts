import * as z from "zod";
import { event, flow, type StepContext, step } from "../../../model/index.ts";
import type { LogLevel } from "../../../protocol/logs.ts";
import { serveStep } from "../../../runtime/index.ts";
import { type FakeDependencies, fakeDependencies, validatorsOf } from "./dependencies.ts";
import { busEvent } from "./fake-bus.ts";

const OrderPlaced = event("OrderPlaced", z.object({ orderId: z.string(), lines: z.number().default(1) }));
export const OrderChecked = event("OrderChecked", z.object({ orderId: z.string(), ok: z.boolean().default(true) }), {
  version: 3,
});

type Handler = (input: { readonly orderId: string; readonly lines: number }, tools: StepContext) => unknown;

/** The step `check` of a flow `orders` with this handler; its types let the handler return what it must not. */
export function serveCheck(
  handler: Handler,
  options: { readonly delivery?: "queue" | "direct"; readonly attempts?: number; readonly logLevel?: LogLevel } = {},
) {
  const around = fakeDependencies({
    ...(options.delivery === "direct" && { queueUrl: undefined }),
    ...(options.logLevel && { logLevel: options.logLevel }),
  });
  const orders = flow("orders", {
    summary: "",
    owner: "",
    imports: [OrderPlaced],
    steps: {
      check: step({
        on: OrderPlaced,
        emits: [OrderChecked],
        delivery: options.delivery ?? "queue",
        retry: { attempts: options.attempts ?? 3, backoff: "4 seconds", ceiling: "1 hour" },
        handler: handler as never,
      }),
    },
  });
  return { ...around, handle: serveStep(orders, "check", validatorsOf(orders), () => around.services) };
}

/** What causes the step, in most tests. */
export const placed = busEvent("OrderPlaced", { orderId: "o-1" });

/** The one delivery record. */
export const record = (fixture: FakeDependencies) => fixture.table.only("delivery#");

/** Lets what is under way go on until the delivery record says so. */
export async function until(
  fixture: FakeDependencies,
  holds: (record: Readonly<Record<string, unknown>>) => boolean,
): Promise<void> {
  for (let turns = 0; turns < 1_000; turns += 1) {
    const found = [...fixture.table.items.values()].find(({ pk }) => pk.startsWith("delivery#"));
    if (found && holds(found)) return;
    await new Promise(setImmediate);
  }
  throw new Error("the delivery record never came to say so");
}
