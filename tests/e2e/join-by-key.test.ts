import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { linesOf, programWith } from "./copy.ts";
import { type Operator, operatorOf } from "./operator.ts";
import { hubHere, requestOf } from "./support.ts";
import { reachesTraced } from "./trace-facts.ts";

describe("end to end / a join of parts from two requests", function () {
  this.timeout(300_000);
  const program = programWith("meeting");
  const mended = join(program.dir, "mended");
  let here: Awaited<ReturnType<typeof hubHere>>;
  let operator: Operator;
  before(async () => {
    here = await hubHere({ root: program.root, recording: await program.recording(), speed: 120 });
    operator = operatorOf(here.hub);
  });
  afterEach(() => rmSync(mended, { force: true }));
  after(async () => {
    await here?.stop();
    program.remove();
  });
  const left = async (key: string) => requestOf(await here.client.post("/lefts", { key }));
  const right = async (key: string, refuse = false) => requestOf(await here.client.post("/rights", { key, refuse }));
  const met = (key: string) => linesOf<{ key: string }>(join(program.dir, "met")).filter((line) => line.key === key).length;

  it("times out: the request of the part that arrived fails, and a late part is recorded and ignored", async () => {
    const early = await left("late");
    const { steps } = await reachesTraced(here, early, "failed");
    expect(steps).to.have.length(1);
    expect(steps[0]).to.include({ step: "meet", status: "failed" });
    expect(steps[0]?.error).to.deep.equal({ code: "JOIN_TIMED_OUT", message: "right did not come in time" });
    const late = await right("late");
    const { events } = await reachesTraced(here, late, "completed");
    expect(events.map(({ name }) => name)).to.deep.equal(["RightCame"]);
    expect((await here.client.request(early))?.status).to.equal("failed");
    expect(met("late")).to.equal(0);
  });

  it("runs for a second pair of the same key, and all four requests complete", async () => {
    for (let pair = 1; pair <= 2; pair += 1) {
      const both = [await left("again"), await right("again")];
      for (const requestId of both) await here.client.reaches(requestId, "completed");
      expect(met("again")).to.equal(pair);
    }
  });

  // The message of the last part is dead-lettered, and it may belong to either request.
  for (const order of ["left first", "right first"] as const) {
    const both = async (key: string) => {
      if (order === "left first") {
        const first = await left(key);
        return { first, second: await right(key, true) };
      }
      const second = await right(key, true);
      return { first: await left(key), second };
    };

    it(`that is refused blocks both requests; when it is discarded, both fail (${order})`, async () => {
      const { first, second } = await both(`up-${order}`);
      for (const requestId of [first, second]) {
        const { steps } = await here.client.reaches(requestId, "blocked");
        expect(steps[0]?.error?.code).to.equal("REFUSED");
      }
      const deadLetter = await operator.deadLetterOf(first);
      expect((await operator.decide("discard", { ids: [deadLetter.id], reason: "a test" })).status).to.equal(200);
      for (const requestId of [first, second]) await reachesTraced(here, requestId, "failed");
    });

    it(`that is refused and redriven completes both requests (${order})`, async () => {
      const { first, second } = await both(`back-${order}`);
      for (const requestId of [first, second]) await here.client.reaches(requestId, "blocked");
      writeFileSync(mended, "");
      const deadLetter = await operator.deadLetterOf(first);
      expect((await operator.decide("redrive", { ids: [deadLetter.id] })).status).to.equal(200);
      for (const requestId of [first, second]) await reachesTraced(here, requestId, "completed");
      expect(met(`back-${order}`)).to.equal(2);
    });
  }
});
