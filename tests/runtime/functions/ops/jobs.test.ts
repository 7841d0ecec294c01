import { expect } from "chai";
import { describe, it } from "mocha";
import type { AuditEntry } from "../../../../protocol/audit.ts";
import type { Job } from "../../../../protocol/jobs.ts";
import { auditKey } from "../../../../protocol/table.ts";
import type { DeadLetter } from "../../../../runtime/functions/dead-letters/dead-letter.ts";
import { deadLetterStore } from "../../../../runtime/functions/dead-letters/dead-letter-store.ts";
import { targetStore } from "../../../../runtime/functions/dead-letters/targets.ts";
import { runJobs } from "../../../../runtime/functions/jobs/run-jobs.ts";
import { createLogger } from "../../../../runtime/logging/logger.ts";
import { mortal } from "../../../../testing/crashes.ts";
import { fakeDependencies } from "../../fakes/dependencies.ts";
import { type Asked, opsDesk } from "../../fakes/ops-desk.ts";

const STEP_QUEUE = "https://sqs/step";
const idOf = (n: number) => n.toString(16).padStart(16, "0");

/** The ops API and the sweeper's jobs over this many open dead letters of the step `ship`. */
async function hubWith(deadLetters: number) {
  const around = fakeDependencies();
  const step = { queueUrl: STEP_QUEUE, queueArn: "q", ruleArn: "r", functionArn: "f" };
  const targets = { flow: "orders", graph: "g", deadLetterArn: "d", steps: { ship: step } };
  around.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
  const store = deadLetterStore(around.table);
  /** @param n a dead letter that fails, anew or again */
  const fail = async (n: number, more: Partial<DeadLetter> = {}) => {
    around.clock.advance(1_000);
    const at = new Date(around.clock.now()).toISOString();
    await store.record(
      idOf(n),
      "{}",
      (known) =>
        ({
          ...({ id: idOf(n), flow: "orders", step: "ship", shape: "runtime", errorCode: "TIMEOUT", errorMessage: "" } as const),
          ...{ attempts: 1, cause: null, firstAt: at, messages: [], autoRedrives: 0, redriveAt: "" },
          ...{ closedAt: "", closedBy: "", reason: "", chunks: 1, version: 0 },
          ...known,
          ...{ state: "open", at, times: (known?.times ?? 0) + 1 },
          ...more,
        }) as DeadLetter,
    );
  };
  for (let n = 0; n < deadLetters; n += 1) await fail(n);
  around.clock.advance(1_000);
  const log = createLogger({ level: "error", functionName: "sweeper", to: around.services.logTo } as never);
  const minute = async (services: object = around.services) => {
    around.clock.advance(60_000);
    await runJobs(services as never, targetStore(services as never), log);
  };
  const ask = opsDesk(around.services);
  const start = (body: object = {}, asked: Asked = {}) => {
    around.clock.advance(1_000);
    return ask("startJob", {
      body: { verb: "redrive", all: true, reason: "the ERP is back", ...body },
      role: "operator",
      ...asked,
    });
  };
  const jobs = async () => (await ask("listJobs")).body.jobs as unknown as readonly Job[];
  const sentTimes = () => around.sent.filter(({ url }) => url === STEP_QUEUE).length;
  const entries = () =>
    [...around.table.items.values()].filter(({ pk }) => pk.startsWith(auditKey.prefix)) as unknown as AuditEntry[];
  return { ...around, store, fail, minute, ask, start, jobs, sentTimes, entries };
}
const only = (jobs: readonly Job[]): Job => jobs[0] ?? expect.fail("no job");

describe("ops / jobs", () => {
  it("send back what a filter selects, at a rate, and end", async () => {
    const { start, minute, jobs, sentTimes, fail, store, entries } = await hubWith(120);
    await fail(500, { step: "bill" });
    const { status, body } = await start({ all: undefined, filter: { step: "ship" }, rate: 50 });
    const { id } = body.job as unknown as Job;
    expect([status, id]).to.satisfy(([code, text]: [number, string]) => code === 202 && /^job-\d{17}-[0-9a-f]{8}$/.test(text));
    // What fails after the start is left to the next job.
    await fail(600);
    const progress = [];
    for (let minutes = 0; minutes < 4; minutes += 1) {
      await minute();
      const { state, done, refused } = only(await jobs());
      progress.push([state, done, refused, sentTimes()]);
    }
    expect(progress).to.deep.equal([
      ["running", 50, 0, 50],
      ["running", 100, 0, 100],
      ["done", 120, 0, 120],
      ["done", 120, 0, 120],
    ]);
    expect(only(await jobs())).to.include({ id, by: "ana", why: "the ERP is back", ended: "no dead letter is left", again: 0 });
    expect(await store.get(idOf(3))).to.include({ state: "redriven", closedBy: `ana (${id})` });
    expect([(await store.get(idOf(500)))?.state, (await store.get(idOf(600)))?.state]).to.deep.equal(["open", "open"]);
    expect(entries().map(({ verb, why, state, outcome }) => ({ verb, why, state, outcome }))).to.deep.equal([
      { verb: "startJob", why: "the ERP is back", state: "done", outcome: `started ${id}` },
    ]);
  });

  it("stop themselves when so many of those that they sent back fail again", async () => {
    const { start, minute, jobs, fail, sentTimes, store } = await hubWith(60);
    await start({ rate: 20, stopAfter: 3 });
    await minute();
    const sent = [];
    for (let n = 0; n < 60; n += 1) if ((await store.get(idOf(n)))?.state === "redriven") sent.push(n);
    expect(sent).to.have.length(20);
    // A dead letter that was not sent back does not count.
    for (const n of [...sent.slice(0, 2), 700]) await fail(n);
    await minute();
    expect([only(await jobs()).state, only(await jobs()).again, sentTimes()]).to.deep.equal(["running", 2, 40]);
    await fail(sent[5] ?? -1);
    await minute();
    expect(only(await jobs())).to.include({
      ...{ state: "stopped", done: 40, again: 3, ended: "3 of those that it sent back have failed again" },
    });
    await minute();
    expect(sentTimes()).to.equal(40);
  });

  it("name each refusal, and discard with the reason", async () => {
    const { start, minute, jobs, fail, store, sentTimes } = await hubWith(2);
    await fail(9, { step: "gone" });
    await start();
    await minute();
    expect(only(await jobs())).to.deep.include({ state: "done", done: 2, refused: 1 });
    expect(only(await jobs()).refusals).to.deep.equal([
      { id: idOf(9), refused: "the hub has no step gone of flow orders now. Deploy it, or discard it" },
    ]);
    const { id } = (await start({ verb: "discard", reason: "obsolete" })).body.job as unknown as Job;
    await minute();
    expect(await store.get(idOf(9))).to.include({ state: "discarded", closedBy: `ana (${id})`, reason: "obsolete" });
    expect(sentTimes()).to.equal(2);
  });

  it("are stopped by an operator, who is named", async () => {
    const { start, minute, jobs, ask, sentTimes } = await hubWith(30);
    const { id } = (await start({ rate: 10 })).body.job as unknown as Job;
    await minute();
    const stop = (asked: Asked = {}) => ask("stopJob", { path: { id }, body: { reason: "wrong group" }, by: "ben", ...asked });
    expect((await stop({ role: "viewer" })).status).to.equal(403);
    expect((await stop({ body: {} })).status).to.equal(400);
    expect((await stop()).body.job).to.include({ state: "stopped", done: 10, ended: "ben stopped it: wrong group" });
    expect((await stop()).body.detail).to.equal("The job is stopped already: ben stopped it: wrong group.");
    expect((await ask("stopJob", { path: { id: "job-x" }, body: { reason: "r" } })).status).to.equal(404);
    await minute();
    expect([sentTimes(), only(await jobs()).done]).to.deep.equal([10, 10]);
  });

  it("refuse a malformed order, one that runs already, and more than ten at once", async () => {
    const { start, entries, jobs } = await hubWith(1);
    for (const body of [
      ...[
        { verb: "complete" },
        { all: undefined },
        { all: undefined, ids: [idOf(0)] },
        { rate: 0 },
        { rate: 1.5 },
        { rate: 1_001 },
      ],
      ...[
        { stopAfter: 0 },
        { reason: "" },
        { all: undefined, filter: { to: "2026-11-25" } },
        { all: undefined, filter: { flw: "x" } },
      ],
    ])
      expect((await start(body)).status, JSON.stringify(body)).to.equal(400);
    expect((await start({}, { role: "viewer" })).status).to.equal(403);
    expect(entries()).to.deep.equal([]);
    expect((await start()).status).to.equal(202);
    expect((await start({ reason: "too" }, { by: "ben" })).body.detail).to.include("of ana does the same already");
    for (let n = 0; n < 9; n += 1) expect((await start({ all: undefined, filter: { step: `s${n}` } })).status).to.equal(202);
    expect((await start({ verb: "discard" })).body.detail).to.include("10 jobs are running already");
    expect(await jobs()).to.have.length(10);
  });

  it("go on where a function died, wherever it died, and count each dead letter once", async () => {
    let deaths = 0;
    for (let at = 1; ; at += 1) {
      const hub = await hubWith(3);
      await hub.fail(9, { step: "gone" });
      await hub.start({ rate: 2 });
      let calls = 0;
      let died: () => void = () => {};
      const crash = new Promise<void>((resolve) => {
        died = resolve;
      });
      const dying = mortal(hub.services as never, { dies: () => ++calls === at }, () => {}, died);
      const ran = await Promise.race([
        hub.minute(dying).then(() => true),
        crash.then(() => new Promise((resolve) => setImmediate(resolve))).then(() => false),
      ]);
      if (!ran) deaths += 1;
      for (let minutes = 0; minutes < 5; minutes += 1) await hub.minute();
      const { state, done, refused, refusals } = only(await hub.jobs());
      expect([state, done, refused, refusals.length], `at ${at}`).to.deep.equal(["done", 3, 1, 1]);
      for (const n of [0, 1, 2]) expect((await hub.store.get(idOf(n)))?.state).to.equal("redriven");
      if (ran) break;
    }
    expect(deaths).to.be.greaterThan(20);
  });

  it("run once where two functions run at once", async () => {
    const { start, minute, jobs } = await hubWith(30);
    await start({ rate: 30 });
    await Promise.all([minute(), minute()]);
    await minute();
    const { state, done, refused } = only(await jobs());
    expect([state, done, refused]).to.deep.equal(["done", 30, 0]);
  });
});
