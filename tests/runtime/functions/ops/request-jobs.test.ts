import { expect } from "chai";
import { describe, it } from "mocha";
import type { Job } from "../../../../protocol/jobs.ts";
import { inputKey, JOBS, type Key, schemasKey, summaryKey, targetsKey } from "../../../../protocol/table.ts";
import { type DeadLetter, deadLetterIdOf } from "../../../../runtime/functions/dead-letters/dead-letter.ts";
import { deadLetterStore } from "../../../../runtime/functions/dead-letters/dead-letter-store.ts";
import { targetStore } from "../../../../runtime/functions/dead-letters/targets.ts";
import { runJobs } from "../../../../runtime/functions/jobs/run-jobs.ts";
import { createLogger } from "../../../../runtime/logging/logger.ts";
import { mortal } from "../../../../testing/crashes.ts";
import { fakeDependencies } from "../../fakes/dependencies.ts";
import { type Asked, opsDesk } from "../../fakes/ops-desk.ts";

const STEP_QUEUE = "https://sqs/step";
const text = JSON.stringify;
const letterOf = (requestId: string) => deadLetterIdOf("orders", "ship", { eventId: `${requestId}-event` }, "");

/** The ops API and the sweeper's jobs over requests of the flow `orders`, each of which has a dead letter of its step `ship`. */
async function hubWith(...requestIds: readonly string[]) {
  const around = fakeDependencies();
  const { table, clock } = around;
  const put = (key: Key, attributes: object) => table.items.set(`${key.pk}|${key.sk}`, { ...key, ...attributes } as never);
  const step = { queueUrl: STEP_QUEUE, queueArn: "q", ruleArn: "r", functionArn: "f" };
  put(targetsKey("orders"), { targets: text({ flow: "orders", graph: "g", deadLetterArn: "d", steps: { ship: step } }) });
  put(schemasKey("orders", "shop", "OrderPlaced"), { schemas: text({ version: 1, schemas: { 1: null } }) });
  const store = deadLetterStore(table);
  const at = () => new Date(clock.now()).toISOString();
  /** @param status of the request; `summary`: what else its summary has */
  const request = (requestId: string, status = "blocked", summary: object = {}) => {
    const causes = [`${requestId}-event`];
    const delivery = { step: "ship", delivery: causes[0], causes, status: "failed", attempts: 1, emitted: [] };
    const facts = { events: [], deliveries: [{ ...delivery, startedAt: at(), finishedAt: at() }], ends: [] };
    put(summaryKey(requestId), {
      ...{ requestId, correlationId: requestId, tenant: "t", flow: "orders", graph: "g", status, rev: 1 },
      ...{ createdAt: at(), lastAt: at(), updatedAt: at(), facts: text(facts), ...summary },
    });
  };
  const fail = async (requestId: string) => {
    clock.advance(1_000);
    const cause = { requestId, correlationId: requestId, eventId: `${requestId}-event`, eventName: "OrderPlaced" };
    await store.record(
      letterOf(requestId),
      "{}",
      (known) =>
        ({
          ...({
            id: letterOf(requestId),
            flow: "orders",
            step: "ship",
            shape: "runtime",
            errorCode: "X",
            errorMessage: "",
          } as const),
          ...{ attempts: 1, cause: { ...cause, delivery: cause.eventId }, firstAt: at(), messages: [], autoRedrives: 0 },
          ...{ redriveAt: "", closedAt: "", closedBy: "", reason: "", chunks: 1, version: 0, ...known },
          ...{ state: "open", at: at(), times: (known?.times ?? 0) + 1 },
        }) as DeadLetter,
    );
  };
  for (const requestId of requestIds) {
    request(requestId);
    put(inputKey(requestId), { input: text({ name: "OrderPlaced", trigger: "shop", version: 1, data: { id: requestId } }) });
    await fail(requestId);
  }
  clock.advance(1_000);
  const log = createLogger({ level: "error", functionName: "sweeper", to: around.services.logTo } as never);
  const minute = async (services: object = around.services) => {
    clock.advance(60_000);
    await runJobs(services as never, targetStore(services as never), log);
  };
  const ask = opsDesk(around.services);
  const start = (body: object, asked: Asked = {}, services: object = around.services) => {
    clock.advance(1_000);
    const order = { verb: "redrive", requestIds, reason: "the ERP is back", ...body };
    return opsDesk(services)("startJob", { body: order, role: "operator", ...asked });
  };
  const job = async () => (((await ask("listJobs")).body.jobs as unknown as readonly Job[])[0] ?? expect.fail("no job")) as Job;
  const sentTimes = () => around.sent.filter(({ url }) => url === STEP_QUEUE).length;
  return { ...around, store, request, fail, minute, ask, start, job, sentTimes };
}
const many = (n: number) => Array.from({ length: n }, (_, i) => `r-${i}`);

describe("ops / jobs on requests", () => {
  it("send the dead letters of chosen requests back: the first at once, the others at a rate, to the end", async () => {
    const { start, minute, job, sentTimes, store, table } = await hubWith(...many(90));
    const { status, body } = await start({ rate: 40 });
    const { id } = body.job as unknown as Job;
    expect(body.job).to.deep.include({ state: "running", requests: 90, filter: {}, done: 25, refused: 0 });
    const progress = [[status, sentTimes()]];
    for (let minutes = 0; minutes < 2; minutes += 1) {
      await minute();
      progress.push([(await job()).done, sentTimes()]);
    }
    expect(progress).to.deep.equal([
      [202, 25],
      [65, 65],
      [90, 90],
    ]);
    expect(await job()).to.include({ state: "done", ended: "no request is left", by: "ana", why: "the ERP is back" });
    expect(await store.get(letterOf("r-3"))).to.include({ state: "redriven", closedBy: `ana (${id})` });
    // The audit trail names the first of them, and how many they are.
    const audit = [...table.items.values()].find(({ pk }) => pk.startsWith("audit#"));
    expect(audit?.about).to.deep.include({ job: id, verb: "redrive", requests: 90, requestIds: many(90) });
  });

  it("take ten thousand, in items that DynamoDB holds", async () => {
    const ids = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(512, "r"));
    const { start, table, minute, job } = await hubWith();
    expect((await start({ requestIds: [...ids, "one-more"] })).body.detail).to.include("1 to 10000 ids of requests");
    expect((await start({ requestIds: ids, verb: "cancel", rate: 1_000 })).status).to.equal(202);
    await minute();
    expect(await job()).to.include({ state: "running", done: 0, refused: 1_025, requests: 10_000 });
    const sizes = [...table.items.values()].filter(({ pk }) => pk === JOBS).map((item) => text(item).length);
    expect(Math.max(...sizes)).to.be.lessThan(400 * 1_024);
    expect((await job()).refusals).to.have.length(100);
  });

  it("are nothing to a sweeper of an earlier version, which takes their place for a time", async () => {
    const { start, table, store, clock } = await hubWith(...many(90));
    await start({ rate: 40 });
    const { cursor } = [...table.items.values()].find(({ sk }) => String(sk).startsWith("job-")) ?? expect.fail("no job");
    expect((await store.find({ state: "open" }, 100, clock.now())).deadLetters).to.have.length(65);
    expect((await store.find({ state: "open", to: String(cursor) }, 100, clock.now())).deadLetters).to.deep.equal([]);
  });

  it("cancel each, and name each refusal by its request", async () => {
    const { start, job, request, bus, store, clock } = await hubWith("r-1", "r-2", "r-3");
    request("r-2", "completed");
    const before = clock.now();
    const { body } = await start({ verb: "cancel", requestIds: ["r-1", "r-2", "r-9", "r-3", "r-1"], reason: "ordered twice" });
    const { id } = body.job as unknown as Job;
    expect(await job()).to.deep.include({ state: "done", requests: 4, done: 2, refused: 2 });
    expect((await job()).refusals).to.deep.equal([
      { id: "r-2", refused: "The request is completed. Only a request in progress can be cancelled." },
      { id: "r-9", refused: "There is no such request, or it has not been recorded yet." },
    ]);
    expect(bus.named("RequestCancelled").map(({ detail }) => detail.data)).to.deep.include.members([
      { by: `ana (${id})`, at: "2026-11-24T10:00:05.000Z", why: "ordered twice" },
    ]);
    expect((await store.get(letterOf("r-1")))?.reason).to.equal("its request is cancelled: ordered twice");
    // All of a flow wait once until its steps read the marks.
    expect(clock.now() - before).to.be.lessThan(10_000);
  });

  it("run each again once, and stop when too many of the new requests fail", async () => {
    const { start, minute, job, bus, fail, sentTimes } = await hubWith(...many(40));
    await start({ verb: "runAgain", rate: 10, stopAfter: 2, reason: "the ERP lost them" });
    await minute();
    const first = bus.named("OrderPlaced").map(({ detail }) => detail.metadata);
    expect(first).to.have.length(20);
    expect(first[0]).to.include({ repeats: "r-0", flow: "orders" });
    expect(new Set(first.map(({ requestId }) => requestId)).size).to.equal(20);
    for (const { requestId } of first.slice(0, 2)) await fail(requestId);
    await minute();
    expect(await job()).to.include({
      state: "stopped",
      done: 20,
      again: 2,
      ended: "2 of those that it ran again have failed again",
    });
    expect(sentTimes()).to.equal(0);
  });

  it("redrive what a request of many deliveries has open, and refuse one without", async () => {
    const { start, job, request, store } = await hubWith("r-1", "r-2");
    const createdAt = "2026-11-24T09:00:00.000Z";
    request("r-1", "blocked", { createdAt, facts: undefined, tally: text({ marks: {}, steps: {} }), pending: "[]" });
    const letter = await store.get(letterOf("r-2"));
    if (letter) await store.replace(letter, { ...letter, state: "discarded", closedAt: letter.at, closedBy: "ben" });
    await start({ requestIds: ["r-1", "r-2"] });
    expect(await job()).to.deep.include({
      done: 1,
      refused: 1,
      refusals: [{ id: "r-2", refused: "it has no open dead letter" }],
    });
    expect(await store.get(letterOf("r-1"))).to.include({ state: "redriven" });
  });

  it("refuse a malformed order, a verb of the other kind, and the same choice twice", async () => {
    const { start, ask, job } = await hubWith(...many(30));
    for (const [body, detail] of [
      [{ requestIds: [] }, "requestIds is not a list of 1 to 10000 ids of requests."],
      [{ requestIds: ["a b"] }, "requestIds is not a list of 1 to 10000 ids of requests."],
      [{ requestIds: "r-1" }, "requestIds is not a list of 1 to 10000 ids of requests."],
      [{ all: true }, "Send exactly one of requestIds, filter and all."],
      [{ verb: "discard" }, "verb is not one of redrive, cancel, runAgain for requests."],
      [{ verb: "cancel", requestIds: undefined, all: true }, "verb is not one of redrive, discard for dead letters."],
      [{ reason: " " }, "reason is not a text of 1 to 500 characters. Give the reason."],
    ] as const) {
      const { status, body: answer } = await start(body);
      expect([status, answer.detail], text(body)).to.deep.equal([400, detail]);
    }
    expect((await start({}, { role: "viewer" })).status).to.equal(403);
    expect((await start({ rate: 1 })).status).to.equal(202);
    expect((await start({ rate: 2 })).body.detail).to.include("of ana does the same already");
    expect((await start({ rate: 1, requestIds: many(29) })).status).to.equal(202);
    const { id } = await job();
    expect((await ask("stopJob", { path: { id }, body: { reason: "wrong" } })).body.job).to.include({
      ...{ state: "stopped", done: 0, refused: 1 },
    });
  });

  for (const verb of ["redrive", "cancel", "runAgain"] as const)
    it(`go on where a function died while it did ${verb}, wherever it died, and count each request once`, async () => {
      let deaths = 0;
      for (let at = 1; ; at += 1) {
        const hub = await hubWith("r-1", "r-2", "r-3");
        hub.request("r-2", "completed");
        let calls = 0;
        let died: () => void = () => {};
        const crash = new Promise<void>((resolve) => {
          died = resolve;
        });
        const dying = mortal(hub.services as never, { dies: () => ++calls === at }, () => {}, died);
        const ran = await Promise.race([
          hub.start({ verb }, {}, dying).then(() => true),
          crash.then(() => new Promise((resolve) => setImmediate(resolve))).then(() => false),
        ]);
        // The caller asks once more where the job was not made.
        const isMade = [...hub.table.items.values()].some(({ sk }) => String(sk).startsWith("job-"));
        if (!isMade) await hub.start({ verb });
        if (!ran) deaths += 1;
        for (let minutes = 0; minutes < 2; minutes += 1) await hub.minute();
        const { state, done, refused, requests } = await hub.job();
        const refusals = verb === "runAgain" ? 0 : 1;
        expect([state, done, refused, requests], `at ${at}`).to.deep.equal(["done", 3 - refusals, refusals, 3]);
        const made = hub.bus.named("OrderPlaced").map(({ detail }) => detail.metadata.requestId);
        expect(new Set(made).size, `at ${at}`).to.equal(verb === "runAgain" ? 3 : 0);
        if (ran) break;
      }
      expect(deaths).to.be.greaterThan(15);
    });
});
