import { expect } from "chai";
import { describe, it } from "mocha";
import { eventually } from "./client.ts";
import { hubOf } from "./copy.ts";
import { requestOf } from "./support.ts";

const CROWD = 400;

describe("end to end / a request with hundreds of deliveries", function () {
  this.timeout(600_000);
  const here = hubOf(["noisy", "quiet", "undone"], { tracesDiffer: "the ledger shows deliveries of one step as one" });

  it("lets a new request, a dead letter and a compensation of other flows pass it", async () => {
    const { client } = here;
    const ended: string[] = [];
    const reach = async (name: string, requestId: string, status: string) => {
      await client.reaches(requestId, status, 500_000);
      ended.push(name);
    };
    const others = [
      { name: "a new request", ask: () => client.post("/notes", { trouble: "none" }), status: "completed" },
      { name: "a dead letter", ask: () => client.post("/notes", { trouble: "refused" }), status: "blocked" },
      { name: "a compensation", ask: () => client.post("/trips", {}), status: "compensated" },
    ];
    // Their functions are started before: how long that takes is not asked here.
    for (const { ask, status } of others) await client.reaches(await requestOf(await ask()), status);
    const crowd = await requestOf(await client.post("/crowds", { size: CROWD }));
    await eventually("the crowd is under way", async () =>
      (await client.request(crowd))?.steps.find(({ step }) => step === "seat"),
    );
    await Promise.all([
      reach("the crowd", crowd, "completed"),
      ...others.map(async ({ name, ask, status }) => reach(name, await requestOf(await ask()), status)),
    ]);
    expect(ended).to.have.length(4);
    expect(ended.at(-1)).to.equal("the crowd");
  });
});
