import { expect } from "chai";
import { describe, it } from "mocha";
import { serveRecorder } from "../../../../runtime/functions/dead-letters/serve-recorder.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

describe("recorder / metric", () => {
  it("counts each failure once by flow, and no repetition of its message", async () => {
    const { services, table, lines } = fakeDependencies();
    const step = { queueUrl: "url", queueArn: "q", ruleArn: "r", functionArn: "f" };
    const targets = { flow: "orders", graph: "g", deadLetterArn: "dead", steps: { charge: step } };
    table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
    const recorder = serveRecorder(() => services as never);
    const attributes = { flow: "orders", step: "charge", errorCode: "REFUSED", attempts: "1", delivery: "e-1" };
    const failed = (id: string) =>
      message(busEvent("OrderPlaced", {}), id, {
        eventSourceARN: "dead",
        messageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: "String", stringValue }]),
        ),
      });
    const counted = () =>
      lines.flatMap(({ Flow, Hub, RecordedDeadLetters }) =>
        RecordedDeadLetters === undefined ? [] : [{ Flow, Hub, RecordedDeadLetters }],
      );
    const one = { Flow: "orders", Hub: "table", RecordedDeadLetters: 1 };
    expect(await deliver(recorder, failed("m-1"))).to.deep.equal([]);
    expect(counted()).to.deep.equal([one]);
    await deliver(recorder, failed("m-1"));
    expect(counted()).to.deep.equal([one]);
    await deliver(recorder, failed("m-2"));
    expect(counted()).to.deep.equal([one, one]);
  });
});
