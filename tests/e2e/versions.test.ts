import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, describe, it } from "mocha";
import type { Recording } from "../../local/recording.ts";
import { eventually } from "./client.ts";
import { programWith } from "./copy.ts";
import { hubHere } from "./support.ts";

/** The source of one version of a flow whose first step waits for the file `go`. */
const flow = (go: string, { name = "greeting", first = "hold", formerly = "", flowFormerly = "", extra = "" }) => `
import { existsSync } from "node:fs";
import * as z from "zod";
import { api, event, flow, join, RetryLaterError, step } from "../model/index.ts";
const Asked = event("Asked", z.object({ name: z.string() }));
const Held = event("Held", z.object({ name: z.string() }));
const Noted = event("Noted", z.object({ name: z.string() }));
const Greeted = event("Greeted", z.object({ text: z.string() }));
export default flow("${name}", {
  summary: "Greets.",
  owner: "tests",
  ${flowFormerly}
  triggers: { ask: api("POST /greetings", { emits: Asked }) },
  steps: {
    ${first}: step({
      ${formerly}
      on: Asked,
      emits: [Held],
      handler: ({ name }) => {
        if (!existsSync(${JSON.stringify(go)})) throw new RetryLaterError("not yet", { after: "1 second" });
        return Held({ name });
      },
    }),
    note: step({ on: Asked, emits: [Noted], handler: ({ name }) => Noted({ name }) }),
    greet: step({
      on: join({ held: Held, noted: Noted }),
      emits: [Greeted],
      handler: ({ held }) => Greeted({ text: "hello " + held.name }),
    }),
    ${extra}
  },
});`;
const EXTRA = "count: step({ on: Asked, emits: [], handler: () => [] }),";

describe("end to end / two versions of a flow in flight", function () {
  this.timeout(300_000);
  const program = programWith();
  const go = join(program.dir, "go");
  after(() => program.remove());

  const version = (changes: Parameters<typeof flow>[1]): Promise<Recording> => {
    writeFileSync(join(program.root, "flows/greeting.ts"), flow(go, changes));
    return program.record();
  };

  /** Starts a request under one version, deploys another, lets the request continue, and starts a second one. */
  async function across(next: Parameters<typeof flow>[1]) {
    rmSync(go, { force: true });
    const first = await version({});
    const { hub, client, stop } = await hubHere({
      ...{ root: program.root, recording: first },
      tracesDiffer: "spans have the name that a renamed step has now, the ledger the one that its request began with",
    });
    try {
      const start = async () => {
        const answer = await client.post("/greetings", { name: "Ana" });
        expect(answer.status).to.equal(202);
        return ((await answer.json()) as { requestId: string }).requestId;
      };
      const old = await start();
      await eventually("the first step waits", async () => {
        const found = await client.request(old);
        const is = (step: string, status: string) => found?.steps.some((state) => state.step === step && state.status === status);
        return is("hold", "retrying") && is("greet", "waiting") ? true : undefined;
      });
      await hub.apply(await version(next));
      writeFileSync(go, "");
      const young = await start();
      const states = [await client.reaches(old, "completed"), await client.reaches(young, "completed")];
      return states.map(({ flow, steps }) => ({ flow, steps: steps.map(({ step }) => step).sort() }));
    } finally {
      await stop();
    }
  }

  it("finish under the graph they started with where a step was added", async () => {
    expect(await across({ extra: EXTRA })).to.deep.equal([
      { flow: "greeting", steps: ["greet", "hold", "note"] },
      { flow: "greeting", steps: ["count", "greet", "hold", "note"] },
    ]);
  });

  it("finish where a step was renamed, with a message in its queue and an incomplete join", async () => {
    expect(await across({ first: "keep", formerly: 'formerly: ["hold"],' })).to.deep.equal([
      { flow: "greeting", steps: ["greet", "hold", "note"] },
      { flow: "greeting", steps: ["greet", "keep", "note"] },
    ]);
  });

  it("finish where the flow was renamed, under its former name", async () => {
    expect(await across({ name: "welcome", flowFormerly: 'formerly: ["greeting"],' })).to.deep.equal([
      { flow: "greeting", steps: ["greet", "hold", "note"] },
      { flow: "welcome", steps: ["greet", "hold", "note"] },
    ]);
  });
});
