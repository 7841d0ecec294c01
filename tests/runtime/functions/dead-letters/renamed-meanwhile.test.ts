import { expect } from "chai";
import { describe, it } from "mocha";
import { deadLetterFrom } from "../../../../runtime/functions/dead-letters/dead-letter.ts";
import { readMessage } from "../../../../runtime/functions/dead-letters/read-message.ts";
import { serveRecorder } from "../../../../runtime/functions/dead-letters/serve-recorder.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const step = { queueUrl: "url", queueArn: "q", ruleArn: "r", functionArn: "f" };
const old = { flow: "orders", graph: "g", deadLetterArn: "dead", steps: { charge: step } };
const renamed = { ...old, flow: "sales", formerly: ["orders"], steps: { bill: { ...step, formerly: ["charge"] } } };
const attributes = (texts: Record<string, string>) => ({
  messageAttributes: Object.fromEntries(
    Object.entries(texts).map(([name, stringValue]) => [name, { dataType: "String", stringValue }]),
  ),
});
/** What the step of the renamed flow gave up. */
const givenUp = (id: string) =>
  message(busEvent("OrderPlaced", {}, { flow: "sales", eventId: `e-${id}` }), id, {
    eventSourceARN: "dead",
    ...attributes({ flow: "sales", step: "bill", errorCode: "REFUSED", attempts: "1", delivery: `e-${id}` }),
  });

describe("recorder / while a flow is renamed", () => {
  const around = () => {
    const fixture = fakeDependencies();
    const deploy = (targets: { readonly flow: string }) =>
      fixture.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
    const recorded = () =>
      [...fixture.table.items]
        .filter(([, { letter }]) => letter !== undefined)
        .map(([, item]) => deadLetterFrom(item))
        .map(({ flow, step, cause }) => ({ flow, step, requestId: cause?.requestId }));
    return { ...fixture, deploy, recorded, recorder: serveRecorder(() => fixture.services as never) };
  };

  it("reads the deployed names again when a message bears one that it does not know", async () => {
    const { recorder, deploy, recorded, clock } = around();
    deploy(old);
    await deliver(
      recorder,
      message(busEvent("OrderPlaced", {}), "m-0", {
        eventSourceARN: "dead",
        ...attributes({ flow: "orders", step: "charge", errorCode: "NO" }),
      }),
    );
    deploy(renamed);
    clock.advance(5_000);
    expect(await deliver(recorder, givenUp("m-1"))).to.deep.equal([]);
    expect(recorded()).to.deep.equal([
      { flow: "orders", step: "charge", requestId: "r-1" },
      { flow: "sales", step: "bill", requestId: "r-1" },
    ]);
  });

  it("records a message of a flow that was deployed a moment ago", async () => {
    const { recorder, table, clock, recorded } = around();
    const guests = { ...old, flow: "guests", deadLetterArn: "dead-of-guests" };
    await deliver(recorder, message(busEvent("OrderPlaced", {}), "m-0", { eventSourceARN: "dead" }));
    clock.advance(5_000);
    table.items.set("targets|guests", { pk: "targets", sk: "guests", targets: JSON.stringify(guests) });
    const failed = message(busEvent("GuestArrived", {}, { flow: "guests" }), "m-1", {
      eventSourceARN: "dead-of-guests",
      ...attributes({ flow: "guests", step: "charge", errorCode: "NO" }),
    });
    expect(await deliver(recorder, failed)).to.deep.equal([]);
    expect(recorded()).to.deep.equal([{ flow: "guests", step: "charge", requestId: "r-1" }]);
  });

  it("keeps the request of the step while the deployment has not written the new names", () => {
    expect(readMessage(givenUp("m-1"), old).cause).to.include({ requestId: "r-1", graph: "0123456789abcdef" });
  });

  it("keeps a request that other events opened in the flow, under its first name", () => {
    const imported = message(busEvent("PaymentReceived", {}, { flow: "bank" }), "m-1", {
      ...attributes({ flow: "sales", step: "bill", errorCode: "REFUSED" }),
    });
    expect(readMessage(imported, old).cause).to.include({ requestId: "r-1.orders" });
    expect(readMessage(imported, renamed).cause).to.include({ requestId: "r-1.orders" });
  });
});
