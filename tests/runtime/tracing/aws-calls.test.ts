import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, flow, join, step } from "../../../model/index.ts";
import { serveStep } from "../../../runtime/index.ts";
import { currentSpan, type Recorded } from "../../../runtime/tracing/recorder.ts";
import type { Span } from "../../../runtime/tracing/span.ts";
import * as makers from "../../../runtime/tracing/span-makers.ts";
import { traceIdOf } from "../../../runtime/tracing/trace-ids.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../fakes/dependencies.ts";
import { busEvent } from "../fakes/fake-bus.ts";

const Priced = event("Priced", z.object({ orderId: z.string() }));
const Paid = event("Paid", z.object({ orderId: z.string() }));

describe("traces / AWS calls", () => {
  it("are events of the attempt that made them, and of no other request that its join takes", async () => {
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
          emits: [],
          handler: () => {
            currentSpan()?.aws?.push(
              { name: "DynamoDB.GetItem", start: 5, end: 8 },
              { name: "DynamoDB.PutItem", start: 8, end: 9, error: "ConditionalCheckFailedException" },
            );
            return [];
          },
        }),
      },
    });
    const services = { ...around.services, tracing: { share: 1, send } };
    const handle = serveStep(orders, "ship", validatorsOf(orders), () => services);
    for (const [name, id, requestId] of [
      ["Paid", "p-2", "r-2"],
      ["Priced", "p-1", "r-1"],
    ] as const)
      await deliver(handle, message(busEvent(name, { orderId: "o-1" }, { eventId: id, requestId }), id));
    const eventsOf = (requestId: string) =>
      spans
        .filter(({ name, traceId }) => name === "process ship" && traceId === traceIdOf(requestId))
        .map(({ events }) => events);
    expect(eventsOf("r-1")).to.deep.equal([
      [
        { name: "DynamoDB.GetItem", at: 5, attributes: { "rpc.system": "aws-api", "hub.duration_ms": 3 } },
        {
          name: "DynamoDB.PutItem",
          at: 8,
          attributes: { "rpc.system": "aws-api", "hub.duration_ms": 1, "error.type": "ConditionalCheckFailedException" },
        },
      ],
    ]);
    expect(eventsOf("r-2")).to.deep.equal([undefined]);
  });
});
