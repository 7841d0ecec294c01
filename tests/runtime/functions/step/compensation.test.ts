import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import type { BusEvent, StepFailedData, StepSucceededData } from "../../../../model/envelope.ts";
import { event, flow, step, TerminalError } from "../../../../model/index.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const Asked = event("Asked", z.object({ id: z.string(), count: z.int().default(1) }));
const Held = event("Held", z.object({ id: z.string(), hold: z.string() }));

type Done = { readonly input: unknown; readonly emitted: readonly unknown[] };

/** A step that holds something, and lets it go again. */
function serve(
  compensate: (done: Done, tools: { idempotencyKey: string }) => void,
  handler?: () => never,
  formerly?: readonly [string, ...string[]],
) {
  const around = fakeDependencies();
  const holds = flow("orders", {
    summary: "",
    owner: "",
    imports: [Asked],
    steps: {
      hold: step({
        ...(formerly && { formerly }),
        on: Asked,
        emits: [Held],
        retry: { attempts: 2, backoff: "1 second", ceiling: "1 second" },
        handler:
          handler ?? ((input) => Object.assign(Held({ id: input.id, hold: "h-1" }), Object.assign(input, { count: 99 }) && {})),
        compensate: async (done, tools) => compensate(done, tools),
      }),
    },
  });
  return { ...around, handle: serveStep(holds, "hold", validatorsOf(holds), () => around.services) };
}
const asked = busEvent("Asked", { id: "a" });
const undo = (delivery = "e-1", step = "hold"): BusEvent => busEvent("CompensateStep", { step, delivery }, { eventId: "c-1" });
const dead = { errorCode: { stringValue: "E", dataType: "String" } };
const redriven = (event: BusEvent) => message(event, "m-redriven", { messageAttributes: dead as never });

describe("step / compensation", () => {
  it("is called with what the handler was called with and what it returned, and reports what it undid", async () => {
    const seen: Done[] = [];
    const fixture = serve((done) => void seen.push(done));
    await deliver(fixture.handle, message(asked));
    expect(await deliver(fixture.handle, message(undo(), "m-2"))).to.eql([]);
    // Not what the handler made of its input afterwards.
    expect(seen).to.eql([{ input: { id: "a", count: 1 }, emitted: [{ type: "Held", data: { id: "a", hold: "h-1" } }] }]);
    const report = fixture.bus.named("StepSucceeded").at(-1)?.detail.data as StepSucceededData;
    expect(report).to.deep.include({ step: "hold", delivery: "compensate:e-1", compensates: "e-1", attempts: 1, emitted: [] });
    expect(fixture.bus.named("Held")).to.have.length(1);
  });

  it("does not call a handler whose input it could not keep for the compensation beside any result", async () => {
    let calls = 0;
    const handler = (): never => {
      calls += 1;
      throw new TerminalError("no");
    };
    const of = (kilobytes: number) => busEvent("Asked", { id: "a".repeat(kilobytes * 1_024) }, { eventId: `e-${kilobytes}` });
    const fixture = serve(() => {}, handler);
    await deliver(fixture.handle, message(of(348)));
    expect(calls).to.equal(1);
    expect(await deliver(fixture.handle, message(of(350), "m-2"))).to.eql([]);
    expect(calls).to.equal(1);
    expect(fixture.bus.named("StepFailed").at(-1)?.detail.data).to.deep.include({ outcome: "dead-letter", terminal: true });
    expect(fixture.sent.at(-1)?.attributes.errorCode).to.equal("INPUT_TOO_LARGE");
  });

  it("undoes once, however often it is asked", async () => {
    let times = 0;
    const fixture = serve(() => {
      times += 1;
    });
    await deliver(fixture.handle, message(asked));
    for (const id of ["m-2", "m-3", "m-4"]) expect(await deliver(fixture.handle, message(undo(), id))).to.eql([]);
    expect(times).to.equal(1);
    expect(new Set(fixture.bus.named("StepSucceeded").map(({ detail }) => detail.metadata.eventId)).size).to.equal(2);
  });

  it("is retried with the same idempotency key, and has its own dead letters, which can be redriven", async () => {
    const keys: string[] = [];
    let broken = true;
    const fixture = serve((_, { idempotencyKey }) => {
      keys.push(idempotencyKey);
      if (broken) throw new Error("down");
    });
    await deliver(fixture.handle, message(asked));
    expect(await deliver(fixture.handle, message(undo(), "m-2"))).to.eql(["m-2"]);
    expect(await deliver(fixture.handle, message(undo(), "m-2"))).to.eql([]);
    expect(fixture.sent).to.have.length(1);
    expect(JSON.parse(fixture.sent[0]?.body ?? "")).to.deep.include({ "detail-type": "CompensateStep" });
    const reports = fixture.bus.named("StepFailed").map(({ detail }) => detail.data as StepFailedData);
    expect(reports.map(({ outcome, compensates, terminal }) => [outcome, compensates, terminal])).to.eql([
      ["retry", "e-1", undefined],
      ["dead-letter", "e-1", undefined],
    ]);
    broken = false;
    expect(await deliver(fixture.handle, redriven(undo()))).to.eql([]);
    expect(fixture.bus.named("StepSucceeded").at(-1)?.detail.data).to.deep.include({ compensates: "e-1", attempts: 3 });
    expect(new Set(keys).size).to.equal(1);
  });

  it("may fail terminally and be sent back all the same", async () => {
    let broken = true;
    const fixture = serve(() => {
      if (broken) throw new TerminalError("no");
    });
    await deliver(fixture.handle, message(asked));
    await deliver(fixture.handle, message(undo(), "m-2"));
    expect(fixture.bus.named("StepFailed").at(-1)?.detail.data).to.deep.include({ terminal: true, compensates: "e-1" });
    broken = false;
    await deliver(fixture.handle, redriven(undo()));
    expect(fixture.bus.named("StepSucceeded").at(-1)?.detail.data).to.deep.include({ compensates: "e-1" });
  });

  it("does not guess where the table holds nothing to undo", async () => {
    const fixture = serve(() => expect.fail("called"));
    expect(await deliver(fixture.handle, message(undo("never"), "m-2"))).to.eql([]);
    expect(fixture.sent[0]?.attributes).to.deep.include({ errorCode: "NOTHING_TO_UNDO" });
  });

  it("undoes what the step did under a former name, as the ledger of such a request asks", async () => {
    const seen: Done[] = [];
    const fixture = serve((done) => void seen.push(done), undefined, ["keep", "reserve"]);
    await deliver(fixture.handle, message(asked));
    await deliver(fixture.handle, message(undo("e-1", "reserve"), "m-2"));
    expect(fixture.sent).to.deep.equal([]);
    expect(seen).to.have.length(1);
  });

  it("refuses what another step is asked to undo", async () => {
    const fixture = serve(() => expect.fail("called"));
    await deliver(fixture.handle, message(asked));
    await deliver(fixture.handle, message(undo("e-1", "other"), "m-2"));
    expect(fixture.sent[0]?.attributes).to.deep.include({ errorCode: "UNEXPECTED_EVENT" });
  });

  it("refuses to retry a step that failed terminally: the request is being compensated", async () => {
    let calls = 0;
    const fixture = serve(
      () => {},
      () => {
        calls += 1;
        throw new TerminalError("no");
      },
    );
    await deliver(fixture.handle, message(asked));
    expect(fixture.bus.named("StepFailed").at(-1)?.detail.data).to.deep.include({ outcome: "dead-letter", terminal: true });
    expect(await deliver(fixture.handle, redriven(asked))).to.eql([]);
    expect(calls).to.equal(1);
  });

  it("lets a step be tried again whose attempts were used up", async () => {
    let calls = 0;
    const fixture = serve(
      () => {},
      () => {
        calls += 1;
        throw new Error("down");
      },
    );
    await deliver(fixture.handle, message(asked));
    await deliver(fixture.handle, message(asked));
    expect(fixture.sent).to.have.length(1);
    await deliver(fixture.handle, redriven(asked));
    expect(calls).to.equal(3);
  });
});
