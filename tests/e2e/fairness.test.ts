import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { programWith } from "./copy.ts";
import { eventually, hubHere, requestOf } from "./support.ts";

const CROWD = 200;

describe("end to end / a request with hundreds of deliveries", function () {
  this.timeout(600_000);
  const program = programWith("noisy", "quiet", "undone");
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    here = await hubHere({ root: program.root, recording: await program.recording() });
  });
  after(async () => {
    await here?.stop();
    program.remove();
  });

  it("lets a new request, a dead letter and a compensation of other flows pass it", async () => {
    const { client } = here;
    const ended: string[] = [];
    const reach = async (name: string, requestId: string, status: string) => {
      await client.reaches(requestId, status, 500_000);
      ended.push(name);
    };
    const crowd = await requestOf(await client.post("/crowds", { size: CROWD }));
    await eventually("the crowd is under way", async () =>
      (await client.request(crowd))?.steps.find(({ step }) => step === "seat"),
    );
    const others = [
      {
        name: "a new request",
        requestId: await requestOf(await client.post("/notes", { trouble: "none" })),
        status: "completed",
      },
      {
        name: "a dead letter",
        requestId: await requestOf(await client.post("/notes", { trouble: "refused" })),
        status: "blocked",
      },
      { name: "a compensation", requestId: await requestOf(await client.post("/trips", {})), status: "compensated" },
    ];
    await Promise.all([
      reach("the crowd", crowd, "completed"),
      ...others.map(({ name, requestId, status }) => reach(name, requestId, status)),
    ]);
    expect(ended).to.have.length(4);
    expect(ended.at(-1)).to.equal("the crowd");
  });
});
