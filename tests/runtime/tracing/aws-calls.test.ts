import { expect } from "chai";
import { describe, it } from "mocha";
import { currentSpan } from "../../../runtime/tracing/recorder.ts";
import { deliver, message } from "../fakes/dependencies.ts";
import { attemptsIn, payment, price, servedJoin } from "../fakes/joined.ts";

describe("traces / AWS calls", () => {
  it("are events of the attempt that made them, and of no other request that its join takes", async () => {
    const { spans, handle } = servedJoin(() => {
      currentSpan()?.aws?.push(
        { name: "DynamoDB.GetItem", start: 5, end: 8 },
        { name: "DynamoDB.PutItem", start: 8, end: 9, error: "ConditionalCheckFailedException" },
      );
    });
    for (const part of [payment, price]) await deliver(handle, message(part, part.detail.metadata.eventId));
    const eventsOf = (requestId: string) => attemptsIn(spans, requestId).map(({ events }) => events);
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
