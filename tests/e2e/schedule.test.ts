import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Denial } from "../../emulator/aws.ts";
import type { TimedRuns } from "../../protocol/timers.ts";
import { eventually } from "./client.ts";
import { linesOf, programWith, withoutStatement } from "./copy.ts";
import { type Operator, operatorOf } from "./operator.ts";
import { hubHere, runCli } from "./support.ts";
import { reachesTraced } from "./trace-facts.ts";

interface Tick {
  readonly n: number;
  readonly note: string;
  readonly requestId: string;
  readonly tenant: string;
  readonly occurredAt: string;
}

describe("end to end / schedule triggers", function () {
  this.timeout(300_000);
  const program = programWith("ticking");
  const denials: Denial[] = [];
  let here: Awaited<ReturnType<typeof hubHere>>;
  let operator: Operator;
  before(async () => {
    here = await hubHere({
      root: program.root,
      recording: await program.recording(),
      speed: 60,
      onDenied: (denial) => denials.push(denial),
    });
    operator = operatorOf(here.hub);
  });
  after(async () => {
    await here?.stop();
    program.remove();
  });
  const ticks = () => linesOf<Tick>(join(program.dir, "ticks"));
  const deadLetters = () => operator.deadLetters("step=trigger:tick&state=open");

  it("start one request a minute, identified by its due time", async () => {
    const found = await eventually("three runs are complete", () => (ticks().length >= 3 ? ticks().slice(0, 3) : undefined));
    expect(new Set(found.map(({ requestId }) => requestId)).size).to.equal(3);
    const times = found.map(({ occurredAt }) => Date.parse(occurredAt)).sort((a, b) => a - b);
    for (const [i, time] of times.slice(1).entries()) expect(time - (times[i] ?? 0)).to.be.at.least(60_000);
    for (const { n, note, requestId, tenant, occurredAt } of found) {
      expect({ n, note, tenant }).to.deep.equal({ n: 7, note: "none", tenant: "schedule:ticking.tick" });
      expect(requestId).to.equal(`schedule:ticking.tick:${occurredAt.replace(".000Z", "Z")}`);
    }
  });

  it("shows each request that a schedule started to every caller with a key", async () => {
    const [tick] = ticks();
    const requestId = tick?.requestId ?? "";
    const state = await reachesTraced(here, requestId, "completed");
    expect(state).to.include({ flow: "ticking", correlationId: requestId });
    expect(state.events.map(({ name, step }) => `${step} ${name}`)).to.have.members(["trigger:tick Ticked", "count Counted"]);
  });

  it("retries a run under the same id while the bus refuses events", async () => {
    const before = ticks().length;
    here.hub.services.aws.setFault("AWSEvents", { mode: "throttle", times: 3 });
    await eventually("two more runs are complete", () => (ticks().length >= before + 2 ? true : undefined));
    expect(new Set(ticks().map(({ requestId }) => requestId)).size).to.equal(ticks().length);
    expect(await deadLetters()).to.deep.equal([]);
  });

  it("records a run that it is not permitted to publish as a dead letter, which an operator redrives to the bus", async () => {
    const { hub, client } = here;
    const recording = await program.recording();
    denials.length = 0;
    await hub.apply(withoutStatement(recording, "ticking-schedule-policy", "Publish"));
    const deadLetter = await eventually("the recorder has recorded it", async () => (await deadLetters())[0]);
    expect(denials.map(({ action }) => action)).to.include("events:PutEvents");
    expect(deadLetter).to.include({ errorCode: "AccessDeniedException", state: "open" });
    expect(deadLetter.requestId).to.match(/^schedule:ticking\.tick:\d{4}-/);
    // The request has not begun, so it has no status yet.
    expect(await client.request(deadLetter.requestId ?? "")).to.equal(undefined);

    await hub.apply(recording);
    const { results } = await operator.decide("redrive", { ids: [deadLetter.id] });
    expect(results).to.deep.equal([{ id: deadLetter.id, state: "redriven" }]);
    const state = await client.reaches(deadLetter.requestId ?? "", "completed");
    expect(state.steps.map(({ step, attempts }) => `${step} ${attempts}`)).to.deep.equal(["count 1"]);
    expect(ticks().filter(({ requestId }) => requestId === deadLetter.requestId)).to.have.length(1);
  });

  it("needs the permission to write dead letters: without it the hub reports that a run is lost", async () => {
    const { hub, problems } = here;
    const recording = await program.recording();
    const unpublished = withoutStatement(recording, "ticking-schedule-policy", "Publish");
    await hub.apply(withoutStatement(unpublished, "ticking-schedule-policy", "DeadLetters"));
    await eventually("the hub reports it", () => problems.find((problem) => problem.includes("a run is lost")));
    await hub.apply(recording);
  });

  it("are run by an operator, also before their time", async () => {
    const cli = (...args: string[]) => runCli(args, { HUB_URL: here.hub.url, HUB_API_KEY: operator.apiKey });
    const { text } = await cli("triggers", "run", "ticking/rest", "--why", "to try it");
    const [, requestId = ""] = /^Started as request (schedule:ticking\.rest:[\dT:.-]+Z)\./.exec(text) ?? [];
    expect(requestId, text).not.to.equal("");
    await here.client.reaches(requestId, "completed");
    expect(ticks().find((tick) => tick.requestId === requestId)).to.include({ n: 8, tenant: "schedule:ticking.rest" });
    expect((await cli("status", "--flow", "ticking")).text).to.include(
      "ticking/rest  schedule cron(0 0 1 1 ? 2190), next at 2190-01-01T00:00:00.000Z",
    );
    expect((await cli("triggers", "run", "ticking")).text).to.include("takes one name as <flow>/<trigger>");
  });

  it("are left out by an operator: the request is cancelled before it begins, and the next run comes", async () => {
    const fives = () => linesOf<{ readonly requestId: string }>(join(program.dir, "fives")).map(({ requestId }) => requestId);
    const order = { flow: "ticking", trigger: "five", reason: "maintenance" };
    // Refused while the next run begins within five seconds.
    const { runs } = await eventually("the next run is left out", async () => {
      const answer = await operator.post("/ops/triggers/skip", order);
      return answer.ok ? ((await answer.json()) as TimedRuns) : undefined;
    });
    const [{ at, requestId }] = runs as [TimedRuns["runs"][number]];
    await here.client.reaches(requestId, "cancelled");
    const next = requestId.replace(at, `${new Date(Date.parse(at) + 300_000).toISOString().slice(0, 19)}Z`);
    await here.client.reaches(next, "completed");
    expect([fives().includes(requestId), fives().includes(next)]).to.deep.equal([false, true]);
    expect((await here.client.request(requestId))?.status).to.equal("cancelled");
    const window = { ...order, from: at, to: next.slice(-20) };
    const again = await operator.post("/ops/triggers/backfill", window);
    expect([again.status, ((await again.json()) as TimedRuns).runs]).to.deep.equal([202, []]);
  });

  it("needs the ops function's permission to publish in order to redrive to the bus", async () => {
    const { hub } = here;
    const recording = await program.recording();
    await hub.apply(withoutStatement(recording, "ticking-schedule-policy", "Publish"));
    const deadLetter = await eventually("the recorder has recorded it", async () => (await deadLetters())[0]);
    await hub.apply(withoutStatement(recording, "hub-ops-policy", "Publish"));
    denials.length = 0;
    await operator.post("/ops/dead-letters/redrive", { ids: [deadLetter.id] });
    expect(denials.map(({ action }) => action)).to.include("events:PutEvents");
    expect((await deadLetters()).map(({ id }) => id)).to.include(deadLetter.id);
    await hub.apply(recording);
  });
});
