import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, describe, it } from "mocha";
import { eventually } from "./client.ts";
import { linesOf, programWith } from "./copy.ts";
import { operatorOf } from "./operator.ts";
import { hubHere, requestOf } from "./support.ts";

const formerly = (renamed: boolean, name: string) => (renamed ? `formerly: ["${name}"],` : "");

/** Charges and ships; `refused` orders are compensated, `stuck` ones are dead letters at first. */
const orders = (dir: string, renamed: boolean) => `
import { appendFileSync, existsSync } from "node:fs";
import { api, flow, RetryLaterError, step, TerminalError } from "../model/index.ts";
import { Charged, Placed } from "../events/orders.ts";
const note = (what: string, id: string) => appendFileSync("${dir}/notes", JSON.stringify({ what, id }) + "\\n");
export default flow("${renamed ? "sales" : "orders"}", {
  summary: "Charges and ships.",
  owner: "tests",
  ${formerly(renamed, "orders")}
  triggers: { place: api("POST /placed", { emits: Placed }) },
  steps: {
    ${renamed ? "bill" : "charge"}: step({
      ${formerly(renamed, "charge")}
      on: Placed,
      emits: [Charged],
      retry: { attempts: 1, backoff: "1 second", ceiling: "1 second" },
      handler: ({ id, mode }) => {
        if (mode === "stuck" && !existsSync("${dir}/go")) throw new Error("broken");
        note("charge", id);
        return Charged({ id, mode });
      },
      compensate: ({ input: { id } }) => note("refund", id),
    }),
    ${renamed ? "send" : "ship"}: step({
      ${formerly(renamed, "ship")}
      on: Charged,
      emits: [],
      handler: ({ id, mode }) => {
        if (!existsSync("${dir}/go")) throw new RetryLaterError("not yet", { after: "1 second" });
        if (mode === "refused") throw new TerminalError("refused", { code: "REFUSED" });
        note("ship", id);
        return [];
      },
    }),
  },
});`;

/** Two steps, of which the second waits. */
const mails = (dir: string, renamed: boolean) => `
import { existsSync } from "node:fs";
import { flow, RetryLaterError, step } from "../model/index.ts";
import { Charged } from "../events/orders.ts";
export default flow("${renamed ? "letters" : "mails"}", {
  summary: "Confirms charges.",
  owner: "tests",
  ${formerly(renamed, "mails")}
  imports: [Charged],
  steps: {
    mail: step({ on: Charged, emits: [], handler: () => [] }),
    file: step({
      on: Charged,
      emits: [],
      handler: () => {
        if (!existsSync("${dir}/go")) throw new RetryLaterError("not yet", { after: "1 second" });
        return [];
      },
    }),
  },
});`;

const events = `
import * as z from "zod";
import { event } from "../model/index.ts";
const order = z.object({ id: z.string(), mode: z.string() });
export const Placed = event("Placed", order);
export const Charged = event("Charged", order);`;

describe("end to end / flows and their steps are renamed while requests are under way", function () {
  this.timeout(300_000);
  const program = programWith();
  let stop: (() => Promise<void>) | undefined;
  after(async () => {
    await stop?.();
    program.remove();
  });
  const deployment = (renamed: boolean) => {
    writeFileSync(join(program.root, "events/orders.ts"), events);
    writeFileSync(join(program.root, "flows/orders.ts"), orders(program.dir, renamed));
    writeFileSync(join(program.root, "flows/mails.ts"), mails(program.dir, renamed));
    return program.record();
  };

  it("compensates, redrives, and gives a repeated call and an imported event the request that they had", async () => {
    const started = await hubHere({
      ...{ root: program.root, recording: await deployment(false) },
      tracesDiffer: "spans keep the names that steps had, the ledger shows those of today",
    });
    stop = started.stop;
    const { hub, client } = started;
    const operator = operatorOf(hub);
    const place = async (mode: string) =>
      requestOf(await client.post("/placed", { id: mode, mode }, { "idempotency-key": mode }));
    const refused = await place("refused");
    const stuck = await place("stuck");
    const dead = await operator.deadLetterOf(stuck);
    const isAt = (id: string, ...states: readonly string[]) =>
      eventually(`${id} is at ${states.join(", ")}`, async () => {
        const steps = (await client.request(id))?.steps.map(({ step, status }) => `${step} ${status}`) ?? [];
        return states.every((state) => steps.includes(state)) ? true : undefined;
      });
    await isAt(refused, "charge succeeded", "ship retrying");
    await isAt(`${refused}.mails`, "mail succeeded", "file retrying");

    await hub.apply(await deployment(true));
    expect([await place("refused"), await place("stuck")]).to.deep.equal([refused, stuck]);
    writeFileSync(join(program.dir, "go"), "");
    const compensated = await client.reaches(refused, "compensated");
    expect(compensated.steps.map(({ step }) => step).sort()).to.deep.equal(["charge", "ship"]);
    // The sweeper closes it once it has seen that the request is compensated.
    const letter = await eventually(
      "the refusal is recorded",
      async () => (await operator.deadLetters(`requestId=${refused}&state=any`))[0],
    );
    expect(letter).to.include({ step: "send", errorCode: "REFUSED", requestId: refused });
    await client.reaches(`${refused}.mails`, "completed");

    const { results } = await operator.decide("redrive", { ids: [dead.id] });
    expect(results).to.deep.equal([{ id: dead.id, state: "redriven" }]);
    await client.reaches(stuck, "completed");
    const young = await place("plain");
    await client.reaches(young, "completed");
    await client.reaches(`${young}.mails`, "completed");
    const done = linesOf<{ what: string; id: string }>(join(program.dir, "notes")).map(({ what, id }) => `${what} ${id}`);
    expect(done.sort()).to.deep.equal([
      "charge plain",
      "charge refused",
      "charge stuck",
      "refund refused",
      "ship plain",
      "ship stuck",
    ]);
  });
});
