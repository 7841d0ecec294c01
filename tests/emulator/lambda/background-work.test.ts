import { expect } from "chai";
import { describe, it } from "mocha";
import { BackgroundWork } from "../../../emulator/lambda/background-work.ts";

/** Whether the promise has settled after all work that is due now. */
const settled = async (promise: Promise<unknown>) => {
  let done = false;
  void promise.then(() => (done = true));
  await new Promise((next) => setImmediate(next));
  return done;
};
const never = new AbortController().signal;

describe("lambda / background work", () => {
  it("waits while it is held", async () => {
    const work = new BackgroundWork(() => 0);
    work.hold();
    const turn = work.turn(never);
    expect(await settled(turn)).to.equal(false);
    work.release();
    await turn;
    expect(await settled(work.turn(never))).to.equal(true);
    work.close();
  });

  it("stops waiting when it is aborted", async () => {
    const work = new BackgroundWork(() => 0);
    work.hold();
    const stop = new AbortController();
    const turn = work.turn(stop.signal);
    stop.abort();
    await turn;
    await work.turn(stop.signal);
    work.close();
  });

  it("gives way to a call of the API while the event loop lags, and only then", async () => {
    let lag = 1_000;
    const work = new BackgroundWork(() => lag);
    expect(await settled(work.turn(never)), "no call").to.equal(true);
    const call = Promise.withResolvers<void>();
    const answered = work.first(() => call.promise);
    const turn = work.turn(never);
    expect(await settled(turn), "a call, and a lag").to.equal(false);
    lag = 0;
    expect(await settled(work.turn(never)), "no lag").to.equal(true);
    await turn;
    lag = 1_000;
    const next = work.turn(never);
    call.resolve();
    await answered;
    await next;
    work.close();
  });

  it("goes on under calls that never end", async () => {
    const work = new BackgroundWork(() => 1_000);
    void work.first(() => new Promise<never>(() => {}));
    await work.turn(never);
    work.close();
  });

  it("counts a call that fails as over", async () => {
    const work = new BackgroundWork(() => 1_000);
    await work.first(() => Promise.reject(new Error("no"))).catch(() => undefined);
    expect(await settled(work.turn(never))).to.equal(true);
    work.close();
  });
});
