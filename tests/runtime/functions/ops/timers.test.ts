import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { timersOf } from "../../../../components/flow/schedule-times.ts";
import { event, flow, graph, poll, schedule, step } from "../../../../model/index.ts";
import type { HoldsPage } from "../../../../protocol/holds.ts";
import type { HubStatus, TimerStatus } from "../../../../protocol/status.ts";
import { cancelledKey, graphKey, type Key, pollKey, summaryKey, targetsKey } from "../../../../protocol/table.ts";
import type { TimedRuns } from "../../../../protocol/timers.ts";
import { serveLedger } from "../../../../runtime/functions/ledger/serve-ledger.ts";
import { stateOf } from "../../../../runtime/functions/ops/existing-request.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { opsDesk } from "../../fakes/ops-desk.ts";

const Due = event("Due", z.object({ kind: z.string() }));
const Seen = event("Seen", z.object({ n: z.int() }));
const page = { emits: [Seen], cursor: z.object({ apiToken: z.string(), after: z.int() }), start: { apiToken: "", after: 0 } };
const timed = flow("timed", {
  summary: "s",
  owner: "o",
  source: import.meta.url,
  formerly: ["tamed"],
  triggers: {
    nightly: schedule("cron(0 2 * * ? *)", { emits: Due, data: { kind: "all" }, timezone: "Europe/Lisbon" }),
    often: schedule("rate(5 minutes)", { emits: Due, data: { kind: "some" } }),
    never: schedule("cron(0 3 * * ? *)", { emits: Due, data: { kind: "none" }, enabled: false }),
    items: poll("rate(5 minutes)", { ...page, page: ({ cursor }) => ({ events: [], cursor, more: false }) }),
  },
  steps: {
    work: step({ on: Due, emits: [], handler: () => [] }),
    count: step({ on: Seen, emits: [], handler: () => [] }),
  },
});

/** The hub's clock shows 2026-11-24T10:00:00Z, winter in Lisbon. */
function desk() {
  const around = fakeDependencies();
  const put = (key: Key, item: object) => around.table.items.set(`${key.pk}|${key.sk}`, { ...key, ...item } as never);
  const targets = { flow: "timed", formerly: ["tamed"], graph: "g-1", deadLetterArn: "d", steps: {}, timers: timersOf(timed) };
  put(targetsKey("timed"), { targets: JSON.stringify(targets) });
  put(graphKey("timed", "g-1"), { graph: JSON.stringify(graph(timed)) });
  const ask = opsDesk(around.services, undefined, () => ({ of: async () => ({ visible: 0, inFlight: 0, delayed: 0 }) }));
  const timer = async (trigger: string) => {
    const { flows } = (await ask("status", { role: "viewer" })).body as unknown as HubStatus;
    return flows[0]?.timers.find((one) => one.trigger === trigger) as TimerStatus;
  };
  const ledger = serveLedger(() => around.services as never);
  const settle = async () => {
    for (const name of ["Due", "RequestCancelled"])
      for (const event of around.bus.named(name)) expect(await deliver(ledger, message(event))).to.deep.equal([]);
  };
  const change = async (verb: "runTrigger" | "skipRuns" | "backfill", body: object) => {
    const answer = await ask(verb, { body: { flow: "timed", ...body }, role: "operator" });
    return { ...answer, runs: (answer.body as unknown as TimedRuns).runs?.map(({ at }) => at) };
  };
  return { ...around, put, ask, timer, settle, change };
}
const REASON = { reason: "r" };
const id = (at: string) => `schedule:tamed.nightly:${at}`;

describe("ops / schedules and polls", () => {
  it("shows when each runs next: a cron by its time zone, a rate by the last run that is known", async () => {
    const { timer, put } = desk();
    expect(await timer("nightly")).to.deep.equal({
      ...{ trigger: "nightly", kind: "schedule", expression: "cron(0 2 * * ? *)", timezone: "Europe/Lisbon", enabled: true },
      ...{ nextAt: "2026-11-25T02:00:00.000Z", poll: null },
    });
    expect((await timer("often")).nextAt).to.equal(null);
    expect(await timer("never")).to.include({ enabled: false, nextAt: null });
    expect(await timer("items")).to.deep.include({ nextAt: null, poll: { cursor: null, lastRun: null } });
    put(pollKey("tamed", "items"), { scheduledAt: "2026-11-24T09:58:30Z" });
    expect((await timer("items")).nextAt).to.equal("2026-11-24T10:03:30.000Z");
    put(pollKey("tamed", "items"), { scheduledAt: "2026-11-24T09:55:00Z" });
    expect((await timer("items")).nextAt).to.equal("2026-11-24T10:00:00.000Z");
  });

  it("shows where a poll is and how its last run ended, its secrets masked", async () => {
    const { timer, put } = desk();
    const startedAt = "2026-11-24T09:58:30.000Z";
    const lastRun = { startedAt, endedAt: startedAt, ended: "failed", pages: 1, events: 2, error: "TIMEOUT" };
    const item = { cursor: '{"apiToken":"x1","after":7}', startedAt, lastRun: JSON.stringify(lastRun) };
    put(pollKey("tamed", "items"), item);
    expect((await timer("items")).poll).to.deep.equal({ cursor: { apiToken: "***", after: 7 }, lastRun });
    // The next one has begun, and runs or died.
    const begun = "2026-11-24T10:00:00.000Z";
    put(pollKey("tamed", "items"), { ...item, startedAt: begun });
    const open = { startedAt: begun, endedAt: null, ended: null, pages: 0, events: 0, error: null };
    expect((await timer("items")).poll?.lastRun).to.deep.equal(open);
  });

  it("runs a schedule now, as a request of its own", async () => {
    const { change, bus, settle, table } = desk();
    const requestId = id("2026-11-24T10:00:00.000Z");
    const { status, body } = await change("runTrigger", { trigger: "nightly" });
    expect([status, body]).to.deep.equal([202, { flow: "timed", trigger: "nightly", requestId }]);
    const [due] = bus.named("Due");
    expect(due?.source).to.equal("hub.timed");
    expect(due?.detail.data).to.deep.equal({ kind: "all" });
    expect(due?.detail.metadata).to.include({
      ...{ requestId, eventId: requestId, tenant: "schedule:timed.nightly", step: "trigger:nightly", graph: "g-1", version: 1 },
      occurredAt: "2026-11-24T10:00:00.000Z",
    });
    await settle();
    expect((await stateOf(table, requestId))?.status).to.equal("accepted");
  });

  it("runs a poll by an event, which starts no request", async () => {
    const { change, bus, ask } = desk();
    const { status, body } = await change("runTrigger", { trigger: "items", ...REASON });
    expect([status, body]).to.deep.equal([202, { flow: "timed", trigger: "items", requestId: null }]);
    const [run] = bus.named("RunPoll");
    expect([run?.source, run?.detail.data]).to.deep.equal(["hub.timed", { trigger: "items" }]);
    expect(run?.detail.metadata.step).to.equal("ops:run");
    const { entries } = (await ask("audit")).body as unknown as { entries: { verb: string; why: string; about: object }[] };
    expect(entries[0]).to.deep.include({ verb: "runTrigger", why: "r", about: { flow: "timed", trigger: "items" } });
  });

  it("makes up for the runs that did not come, each at its own time", async () => {
    const { change, bus, put } = desk();
    put(summaryKey(id("2026-11-22T02:00:00Z")), { requestId: id("2026-11-22T02:00:00Z"), rev: 1, facts: "{}" });
    const window = { trigger: "nightly", from: "2026-11-21T02:00:00Z", to: "2026-11-24T02:00:00Z", ...REASON };
    const { status, runs } = await change("backfill", window);
    expect([status, runs]).to.deep.equal([202, ["2026-11-21T02:00:00Z", "2026-11-23T02:00:00Z"]]);
    const times = bus.named("Due").map(({ detail: { metadata } }) => [metadata.requestId, metadata.occurredAt]);
    expect(times).to.deep.equal([
      [id("2026-11-21T02:00:00Z"), "2026-11-21T02:00:00Z"],
      [id("2026-11-23T02:00:00Z"), "2026-11-23T02:00:00Z"],
    ]);
  });

  it("leaves the next run out, or all until a time: each is a cancelled request", async () => {
    const { change, settle, table } = desk();
    expect(await change("skipRuns", { trigger: "nightly", ...REASON })).to.deep.include({
      status: 200,
      runs: ["2026-11-25T02:00:00Z"],
    });
    const { runs } = await change("skipRuns", { trigger: "nightly", until: "2026-11-27T02:00:00Z", ...REASON });
    expect(runs).to.deep.equal(["2026-11-25T02:00:00Z", "2026-11-26T02:00:00Z"]);
    const first = id("2026-11-25T02:00:00Z");
    expect(await table.get(cancelledKey(first))).to.include({ by: "ana", why: "r" });
    await settle();
    expect((await stateOf(table, first))?.status).to.equal("cancelled");
  });

  it("refuses to leave a run out that begins before the steps can know", async () => {
    const { change, clock } = desk();
    clock.advance(Date.parse("2026-11-25T01:59:58Z") - clock.now());
    const { status, body } = await change("skipRuns", { trigger: "nightly", ...REASON });
    expect([status, body.detail]).to.deep.equal([
      409,
      `The run of 2026-11-25T02:00:00Z begins too soon. Cancel its request, ${id("2026-11-25T02:00:00Z")}.`,
    ]);
  });

  for (const [what, verb, body, detail] of [
    ["an unknown flow", "runTrigger", { flow: "nope", trigger: "nightly" }, "flow is not a flow of this hub. It has timed."],
    [
      "an unknown trigger",
      "runTrigger",
      { trigger: "constructor" },
      "no such schedule or poll. It has nightly, often, never, items.",
    ],
    ["to leave out a run of a poll", "skipRuns", { trigger: "items", ...REASON }, "A poll goes on from its cursor"],
    ["to leave out a run of a rate", "skipRuns", { trigger: "often", ...REASON }, "The times of rate(5 minutes) are not known"],
    ["to leave out a run of a disabled one", "skipRuns", { trigger: "never", ...REASON }, "The schedule is disabled"],
    ["to leave out runs without a reason", "skipRuns", { trigger: "nightly" }, "reason is not a text"],
    [
      "a time without a run",
      "skipRuns",
      { trigger: "nightly", until: "2026-11-24T11:00:00Z", ...REASON },
      "It has no run before",
    ],
    ["more runs than 100", "skipRuns", { trigger: "nightly", until: "2027-11-24", ...REASON }, "more than 100 runs"],
    ["to make up for a poll", "backfill", { trigger: "items", ...REASON }, "A poll goes on from its cursor"],
    [
      "to make up for the future",
      "backfill",
      { trigger: "nightly", from: "2026-11-24", to: "2026-11-26", ...REASON },
      "in the future",
    ],
    ["what is too long ago", "backfill", { trigger: "nightly", from: "2026-08-01", to: "2026-08-02", ...REASON }, "90 days ago"],
    [
      "times in reverse",
      "backfill",
      { trigger: "nightly", from: "2026-11-22", to: "2026-11-21", ...REASON },
      "from is not before to",
    ],
  ] as const)
    it(`refuses ${what}, and publishes nothing`, async () => {
      const { change, bus } = desk();
      const answer = await change(verb, body);
      expect(answer.status).to.equal(400);
      expect(answer.body.detail).to.include(detail);
      expect(["Due", "RunPoll", "RequestCancelled"].flatMap((name) => bus.named(name))).to.deep.equal([]);
    });

  it("holds a poll, and no other trigger", async () => {
    const { ask, clock } = desk();
    const until = new Date(clock.now() + 3_600_000).toISOString();
    const hold = (step: string) => ask("hold", { body: { flow: "timed", step, until, reason: "r" } });
    expect((await hold("trigger:items")).status).to.equal(200);
    expect((await hold("trigger:nightly")).body.detail).to.include("Flow timed has no step trigger:nightly");
    const { holds } = (await ask("listHolds")).body as unknown as HoldsPage;
    expect(holds.map(({ step }) => step)).to.deep.equal(["trigger:items"]);
  });
});
