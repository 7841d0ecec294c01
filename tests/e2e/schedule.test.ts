import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Denial } from "../../emulator/aws.ts";
import { linesOf, programWith, withoutStatement } from "./copy.ts";
import { type Operator, operatorOf } from "./operator.ts";
import { eventually, hubHere } from "./support.ts";

interface Tick {
  readonly n: number;
  readonly note: string;
  readonly requestId: string;
  readonly tenant: string;
  readonly occurredAt: string;
}

describe("end to end / schedule triggers", function () {
  this.timeout(60_000);
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
  const letters = () => operator.letters("step=trigger:tick&state=open");

  it("start a request a minute, each of its own, by the time it was due", async () => {
    const found = await eventually("three runs are through", () => (ticks().length >= 3 ? ticks().slice(0, 3) : undefined));
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
    const state = await here.client.reaches(requestId, "completed");
    expect(state).to.include({ flow: "ticking", correlationId: requestId });
    expect(state.events.map(({ name, step }) => `${step} ${name}`)).to.have.members(["trigger:tick Ticked", "count Counted"]);
  });

  it("tries a run again under the same id while the bus takes nothing", async () => {
    const before = ticks().length;
    here.hub.services.aws.setFault("AWSEvents", { mode: "throttle", times: 3 });
    await eventually("two more runs are through", () => (ticks().length >= before + 2 ? true : undefined));
    expect(new Set(ticks().map(({ requestId }) => requestId)).size).to.equal(ticks().length);
    expect(await letters()).to.deep.equal([]);
  });

  it("records a run that may not be published as a dead letter, which an operator sends back to the bus", async () => {
    const { hub, client } = here;
    const recording = await program.recording();
    denials.length = 0;
    await hub.apply(withoutStatement(recording, "ticking-schedule-policy", "Publish"));
    const letter = await eventually("the recorder has it", async () => (await letters())[0]);
    expect(denials.map(({ action }) => action)).to.include("events:PutEvents");
    expect(letter).to.include({ errorCode: "AccessDeniedException", state: "open" });
    expect(letter.requestId).to.match(/^schedule:ticking\.tick:\d{4}-/);
    // The request has not begun, so nobody knows it.
    expect(await client.request(letter.requestId ?? "")).to.equal(undefined);

    await hub.apply(recording);
    const { results } = await operator.decide("redrive", { ids: [letter.id] });
    expect(results).to.deep.equal([{ id: letter.id, state: "redriven" }]);
    const state = await client.reaches(letter.requestId ?? "", "completed");
    expect(state.steps.map(({ step, attempts }) => `${step} ${attempts}`)).to.deep.equal(["count 1"]);
    expect(ticks().filter(({ requestId }) => requestId === letter.requestId)).to.have.length(1);
  });

  it("needs the right to write dead letters: without it the hub says that a run is lost", async () => {
    const { hub, problems } = here;
    const recording = await program.recording();
    const mute = withoutStatement(recording, "ticking-schedule-policy", "Publish");
    await hub.apply(withoutStatement(mute, "ticking-schedule-policy", "DeadLetters"));
    await eventually("the hub says so", () => problems.find((problem) => problem.includes("a run is lost")));
    await hub.apply(recording);
  });

  it("needs the flow's policy of the ops function to redrive to the bus", async () => {
    const { hub } = here;
    const recording = await program.recording();
    await hub.apply(withoutStatement(recording, "ticking-schedule-policy", "Publish"));
    const letter = await eventually("the recorder has it", async () => (await letters())[0]);
    await hub.apply(withoutStatement(recording, "ticking-ops-policy", "Publish"));
    denials.length = 0;
    await operator.post("/ops/dead-letters/redrive", { ids: [letter.id] });
    expect(denials.map(({ action }) => action)).to.include("events:PutEvents");
    expect((await letters()).map(({ id }) => id)).to.include(letter.id);
    await hub.apply(recording);
  });
});
