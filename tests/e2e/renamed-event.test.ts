import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, describe, it } from "mocha";
import { eventually } from "./client.ts";
import { linesOf, programWith } from "./copy.ts";
import { operatorOf } from "./operator.ts";
import { hubHere, requestOf } from "./support.ts";

type Names = readonly [placed: string, charged: string, packed: string];
const OLD: Names = ["Placed", "Charged", "Packed"];
const NEW: Names = ["OrderPlaced", "OrderCharged", "OrderPacked"];
const MODES = ["plain", "refused", "stuck"] as const;

/** Charge and pack in parallel, then ship by a join; `refused` orders are compensated, `stuck` ones are dead letters at first. */
const source = (dir: string, names: Names, audits: boolean) => {
  const [placed, charged, packed] = names.map((name, i) => {
    const options = name === OLD[i] ? "" : `, { formerly: ["${OLD[i]}"] }`;
    return `event("${name}", z.object({ id: z.string(), mode: z.string() })${options})`;
  });
  return `
import { appendFileSync, existsSync } from "node:fs";
import * as z from "zod";
import { api, event, flow, join, RetryLaterError, step, TerminalError } from "../model/index.ts";
const [Placed, Charged, Packed] = [${placed}, ${charged}, ${packed}] as const;
const note = (what: string, value: unknown) => appendFileSync("${dir}/notes", JSON.stringify({ what, value }) + "\\n");
export default flow("orders", {
  summary: "Charges, packs and ships.",
  owner: "tests",
  triggers: { place: api("POST /placed", { emits: Placed }) },
  steps: {
    charge: step({
      on: Placed,
      emits: [Charged],
      retry: { attempts: 1, backoff: "1 second", ceiling: "1 second" },
      handler: ({ id, mode }) => {
        if (mode === "stuck" && !existsSync("${dir}/mended")) throw new Error("broken");
        note("charge", id);
        return Charged({ id, mode });
      },
      compensate: ({ input, emitted }) => note("refund", { id: input.id, emitted: emitted.map(({ type }) => type) }),
    }),
    pack: step({
      on: Placed,
      emits: [Packed],
      handler: ({ id, mode }) => {
        if (!existsSync("${dir}/go")) throw new RetryLaterError("not yet", { after: "1 second" });
        return Packed({ id, mode });
      },
    }),
    ship: step({
      on: join({ charged: Charged, packed: Packed }),
      emits: [],
      handler: ({ charged: { id, mode } }) => {
        if (mode === "refused") throw new TerminalError("refused", { code: "REFUSED" });
        note("ship", id);
        return [];
      },
    }),
    ${audits ? `audit: step({ on: Placed, emits: [], handler: ({ id }) => (note("audit", id), []) }),` : ""}
  },
});`;
};

describe("end to end / an event is renamed while requests are under way", function () {
  this.timeout(300_000);
  const program = programWith();
  const notes = <T>(what: string) =>
    linesOf<{ what: string; value: T }>(join(program.dir, "notes")).flatMap((line) => (line.what === what ? [line.value] : []));
  const sign = (name: string) => writeFileSync(join(program.dir, name), "");
  let stop: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await stop?.();
    stop = undefined;
    for (const file of ["notes", "go", "mended"]) rmSync(join(program.dir, file), { force: true });
  });
  after(() => program.remove());

  const deployment = (names: Names, { audits = false } = {}) => {
    writeFileSync(join(program.root, "flows/orders.ts"), source(program.dir, names, audits));
    return program.record();
  };

  /** A request of each mode: charged or a dead letter, not packed, its join half-collected. */
  async function underWay(names: Names) {
    const started = await hubHere({
      ...{ root: program.root, recording: await deployment(names) },
      tracesDiffer: "a replay reaches a step that was added later",
    });
    stop = started.stop;
    const { client } = started;
    const place = async (mode: string) => requestOf(await client.post("/placed", { id: mode, mode }));
    const requests = { plain: await place("plain"), refused: await place("refused"), stuck: await place("stuck") };
    for (const mode of MODES)
      await eventually(`${mode} is half way`, async () => {
        const steps = (await client.request(requests[mode]))?.steps.map(({ step, status }) => `${step} ${status}`) ?? [];
        return steps.includes("pack retrying") && steps.includes(mode === "stuck" ? "charge failed" : "charge succeeded")
          ? true
          : undefined;
      });
    return { ...started, place, requests };
  }

  /** Mends what holds the requests up. @returns them when they have ended */
  async function finish({ hub, client, requests }: Awaited<ReturnType<typeof underWay>>) {
    const operator = operatorOf(hub);
    const { id } = await operator.deadLetterOf(requests.stuck);
    sign("go");
    sign("mended");
    await operator.decide("redrive", { ids: [id] });
    return [
      await client.reaches(requests.plain, "completed"),
      await client.reaches(requests.refused, "compensated"),
      await client.reaches(requests.stuck, "completed"),
    ];
  }

  const namesIn = (request: { readonly events: readonly { readonly name: string }[] }) =>
    request.events.map(({ name }) => name).sort();

  it("ends each request once, under the names that it began with; compensations and replays get the new ones", async () => {
    const started = await underWay(OLD);
    const from = new Date(Date.now() - 3_600_000).toISOString();
    await started.hub.apply(await deployment(NEW, { audits: true }));
    const [plain, ...others] = await finish(started);
    expect(plain && namesIn(plain)).to.deep.equal(["Charged", "Packed", "Placed"]);
    expect(others.length).to.equal(2);
    const young = await started.client.reaches(await started.place("young"), "completed");
    expect(namesIn(young)).to.deep.equal(["OrderCharged", "OrderPacked", "OrderPlaced"]);
    expect(notes("charge").sort()).to.deep.equal(["plain", "refused", "stuck", "young"]);
    expect(notes("ship").sort()).to.deep.equal(["plain", "stuck", "young"]);
    expect(notes("refund")).to.deep.equal([{ id: "refused", emitted: ["OrderCharged"] }]);

    const body = { flow: "orders", steps: ["audit"], from, to: new Date(Date.now() + 1_000).toISOString() };
    const replayed = await operatorOf(started.hub).post("/ops/replays", body);
    expect(replayed.status, await replayed.text()).to.be.oneOf([200, 202]);
    await eventually("the added step got the old events", () =>
      MODES.every((mode) => notes("audit").includes(mode)) ? true : undefined,
    );
  });

  it("and after a roll-back, too", async () => {
    const started = await underWay(NEW);
    await started.hub.apply(await deployment(OLD));
    const [plain] = await finish(started);
    expect(plain && namesIn(plain)).to.deep.equal(["OrderCharged", "OrderPacked", "OrderPlaced"]);
    expect(notes("charge").sort()).to.deep.equal(["plain", "refused", "stuck"]);
    expect(notes("ship").sort()).to.deep.equal(["plain", "stuck"]);
    expect(notes("refund")).to.deep.equal([{ id: "refused", emitted: ["Charged"] }]);
  });
});
