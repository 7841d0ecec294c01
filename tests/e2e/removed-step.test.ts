import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, describe, it } from "mocha";
import { eventually } from "./client.ts";
import { programWith } from "./copy.ts";
import { operatorOf } from "./operator.ts";
import { hubHere, requestOf } from "./support.ts";

type Ship = "as it was" | "removed" | "refusing";

/** Two steps, of which the second is removed while a request is at the first. */
const source = (holds: boolean, ship: Ship) => `
import * as z from "zod";
import { api, event, flow, RetryLaterError, step, TerminalError } from "../model/index.ts";
const Placed = event("Placed", z.object({ id: z.string() }));
const Packed = event("Packed", z.object({ id: z.string() }));
const Shipped = event("Shipped", z.object({ id: z.string() }));
const ship = step({
  on: Packed,
  emits: [Shipped],
  handler: ({ id }) => {
    if (${ship === "refusing"}) throw new TerminalError("this step is gone", { code: "STEP_REMOVED" });
    return Shipped({ id });
  },
});
export default flow("orders", {
  summary: "Packs and ships.",
  owner: "tests",
  triggers: { place: api("POST /placed", { emits: Placed }) },
  steps: {
    pack: step({
      on: Placed,
      emits: [Packed],
      handler: ({ id }) => {
        if (${holds}) throw new RetryLaterError("not yet", { after: "1 second" });
        return Packed({ id });
      },
    }),
    ${ship === "removed" ? "" : "ship,"}
  },
});`;

describe("end to end / a step is removed while a request is before it", function () {
  this.timeout(300_000);
  const program = programWith();
  let stop: (() => Promise<void>) | undefined;
  after(async () => {
    await stop?.();
    program.remove();
  });
  const deployment = (holds: boolean, ship: Ship) => {
    writeFileSync(join(program.root, "flows/orders.ts"), source(holds, ship));
    return program.record();
  };

  it("waits for it, listed as running, until the step is back and refuses a replay; later requests end without it", async () => {
    const started = await hubHere({
      ...{ root: program.root, recording: await deployment(true, "as it was") },
      tracesDiffer: "a replay reaches a step that the request ended without",
    });
    stop = started.stop;
    const { hub, client } = started;
    const from = new Date(Date.now() - 60_000).toISOString();
    const old = await requestOf(await client.post("/placed", { id: "o-1" }));
    const stepsOf = async (id: string) =>
      ((await client.request(id))?.steps ?? []).map(({ step, status }) => `${step} ${status}`);
    await eventually("the order waits to be packed", async () =>
      (await stepsOf(old)).includes("pack retrying") ? true : undefined,
    );

    await hub.apply(await deployment(false, "removed"));
    await eventually("the order waits for the step that is gone", async () =>
      (await stepsOf(old)).includes("ship pending") ? true : undefined,
    );
    const young = await requestOf(await client.post("/placed", { id: "o-2" }));
    await client.reaches(young, "completed");
    const listed = (await (await client.get("/requests?flow=orders&status=running")).json()) as {
      requests: { requestId: string }[];
    };
    expect(listed.requests.map(({ requestId }) => requestId)).to.deep.equal([old]);

    await hub.apply(await deployment(false, "refusing"));
    const operator = operatorOf(hub);
    // EventBridge keeps times in seconds: a replay to this second leaves out what happened in it.
    const to = new Date(Date.now() + 1_000).toISOString();
    const replayed = await operator.post("/ops/replays", { flow: "orders", steps: ["ship"], from, to });
    expect(replayed.status, await replayed.text()).to.be.oneOf([200, 202]);
    const { steps } = await client.reaches(old, "blocked");
    expect(steps.map(({ step, status, error }) => [step, status, error?.code])).to.deep.equal([
      ["pack", "succeeded", undefined],
      ["ship", "failed", "STEP_REMOVED"],
    ]);
    await operator.deadLetterOf(old);
    await operator.decide("discard", { filter: { requestId: old }, reason: "shipped by hand" });
    await client.reaches(old, "failed");
    expect((await client.request(young))?.status).to.equal("completed");
  });
});
