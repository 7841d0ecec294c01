import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { eventually } from "./client.ts";
import { hubOf, linesOf } from "./copy.ts";
import { requestOf } from "./support.ts";
import { reachesTraced } from "./trace-facts.ts";

describe("end to end / a step that finishes after its request has failed", function () {
  this.timeout(300_000);
  const here = hubOf(["late"]);
  const done = () => linesOf<{ what: string }>(join(here.program.dir, "trips")).map(({ what }) => what);

  it("is compensated too, and the request stays open until then", async () => {
    const requestId = await requestOf(await here.client.post("/trips", { id: "t-1" }));
    await eventually("the hotel is being booked", () => (done().length > 0 ? true : undefined));
    // No step has completed yet, so it is still open whether there will be anything to compensate.
    await here.client.reaches(requestId, "compensating");
    writeFileSync(join(here.program.dir, "go"), "");
    const { steps } = await reachesTraced(here, requestId, "compensated");
    expect(done()).to.deep.equal(["begin", "book", "cancel"]);
    expect(Object.fromEntries(steps.map(({ step, status }) => [step, status]))).to.deep.equal({
      hotel: "succeeded",
      flight: "failed",
    });
  });
});
