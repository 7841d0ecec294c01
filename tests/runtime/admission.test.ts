import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, flow, RetryLaterError, step } from "../../model/index.ts";
import { assertAdmitted, retryAfterOf } from "../../runtime/admission.ts";
import { HttpProblem } from "../../runtime/http/problem.ts";
import { serveStep } from "../../runtime/index.ts";
import type { Logger } from "../../runtime/logging/logger.ts";
import type { Table } from "../../runtime/ports.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "./fakes/dependencies.ts";
import { busEvent } from "./fakes/fake-bus.ts";

const OrderPlaced = event("OrderPlaced", z.object({ orderId: z.string() }));
const MINUTE = 60_000;
const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const sentBack = { errorCode: { dataType: "String", stringValue: "FAILED" } };

/** A step of a flow whose messages may wait for 10 minutes. */
function behind(handler: (tools: { readonly attempt: number }) => unknown = () => [], admission = true) {
  const around = fakeDependencies();
  const orders = flow("orders", {
    summary: "",
    owner: "",
    formerly: ["sales"],
    ...(admission && { admission: { oldest: "10 minutes" as const } }),
    imports: [OrderPlaced],
    steps: { check: step({ on: OrderPlaced, emits: [], handler: (_, tools) => handler(tools) as [] }) },
  });
  const environment = { ...around.services.environment, formerly: { flow: ["sales"], step: [] } };
  const handle = serveStep(orders, "check", validatorsOf(orders), () => ({ ...around.services, environment }));
  const arrives = (waited: number, more: object = {}, id = "o-1") => {
    const attributes = { ApproximateReceiveCount: "1", SentTimestamp: String(around.clock.now() - waited) };
    return deliver(handle, message(busEvent("OrderPlaced", { orderId: id }, { eventId: id }), id, { attributes, ...more }));
  };
  const retryAfter = () => retryAfterOf(around.services, quiet)("sales");
  return { ...around, arrives, retryAfter };
}
describe("admission", () => {
  it("closes a flow for as long as a message may be worked on that waited longer than the bound, and a minute", async () => {
    const fixture = behind();
    await fixture.arrives(10 * MINUTE);
    expect(await fixture.retryAfter()).to.equal(undefined);
    await fixture.arrives(10 * MINUTE + 1, {}, "o-2");
    expect(await fixture.retryAfter()).to.equal(30 + 60);
    fixture.clock.advance(89_001);
    expect(await fixture.retryAfter()).to.equal(1);
    fixture.clock.advance(1_000);
    expect(await fixture.retryAfter()).to.equal(undefined);
  });

  it("writes nothing where the flow does not declare it, for a redriven message, and for another attempt", async () => {
    const marks = (fixture: ReturnType<typeof behind>) =>
      [...fixture.table.items.values()].filter(({ pk }) => pk.startsWith("admission#"));
    const without = behind(undefined, false);
    await without.arrives(100 * MINUTE);
    expect(marks(without)).to.deep.equal([]);

    const redriven = behind();
    await redriven.arrives(100 * MINUTE, { messageAttributes: sentBack });
    expect(marks(redriven)).to.deep.equal([]);

    const failing = behind(({ attempt }) => {
      if (attempt === 1) throw new Error("not now");
      return [];
    });
    await failing.arrives(0);
    await failing.arrives(100 * MINUTE);
    expect(marks(failing)).to.deep.equal([]);
  });

  it("keeps a flow closed while a message waits that has not been tried yet, for 11 minutes at most", async () => {
    for (const [after, closed] of [
      ["5 minutes", 5 * 60 + 60],
      ["6 hours", 10 * 60 + 60],
    ] as const) {
      const fixture = behind(() => {
        throw new RetryLaterError("the third party is closed", { after });
      });
      await fixture.arrives(11 * MINUTE);
      expect(await fixture.retryAfter(), after).to.equal(closed);
    }
  });

  it("never brings the end of a closed time forward, and writes it once for a batch", async () => {
    const fixture = behind();
    const key = { pk: "admission#sales", sk: "record" };
    await fixture.table.put({ ...key, closedUntil: fixture.clock.now() + 30 * MINUTE });
    await fixture.arrives(20 * MINUTE);
    expect(await fixture.retryAfter()).to.equal(30 * 60);
  });

  it("leaves the triggers open when the table can't be written or read", async () => {
    const fixture = behind();
    const { write } = fixture.table;
    fixture.table.write = async (key, ...rest) => {
      if (key.pk.startsWith("admission#")) throw new Error("no table");
      return write.call(fixture.table, key, ...rest);
    };
    expect(await fixture.arrives(20 * MINUTE)).to.deep.equal([]);
    expect(fixture.lines.map(({ message: text }) => text)).to.include(
      "the flow is behind, and its triggers stay open: it could not be written",
    );
    const table: Pick<Table, "get" | "write"> = { get: () => Promise.reject(new Error("no table")), write };
    expect(await retryAfterOf({ table, clock: fixture.clock }, quiet)("sales")).to.equal(undefined);
  });

  it("reads each flow's item every ten seconds at most", async () => {
    const fixture = behind();
    let reads = 0;
    const table: Pick<Table, "get" | "write"> = {
      write: fixture.table.write,
      get: async () => {
        reads += 1;
        return undefined;
      },
    };
    const retryAfter = retryAfterOf({ table, clock: fixture.clock }, quiet);
    for (let call = 0; call < 5; call++) await retryAfter("sales");
    expect(reads).to.equal(1);
    fixture.clock.advance(10_001);
    await retryAfter("sales");
    expect(reads).to.equal(2);
  });

  it("refuses with the time to wait, and no sooner than a cache would answer", () => {
    assertAdmitted(undefined, 60);
    for (const [left, least, header] of [
      [7, 0, "7"],
      [7, 60, "60"],
    ] as const)
      expect(() => assertAdmitted(left, least))
        .to.throw(HttpProblem, `Send it again after ${header} seconds.`)
        .that.includes({ status: 503 })
        .and.has.deep.property("headers", { "retry-after": header });
  });
});
