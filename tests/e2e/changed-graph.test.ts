import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, describe, it } from "mocha";
import { eventually } from "./client.ts";
import { programWith } from "./copy.ts";
import { operatorOf } from "./operator.ts";
import { hubHere, requestOf } from "./support.ts";

interface Version {
  readonly bank?: "bank-a" | "bank-b";
  /** Whether ship also waits for the packed parcel. */
  readonly wide?: boolean;
  /** Whether charge waits for the file `go`. */
  readonly holds?: boolean;
}

const source = (dir: string, { bank = "bank-a", wide = false, holds = false }: Version) => `
import { existsSync } from "node:fs";
import * as z from "zod";
import { adapter, api, bearer, call, event, flow, join, RetryLaterError, step } from "../model/index.ts";
const order = z.object({ id: z.string() });
const [Placed, Charged, Packed] = [event("Placed", order), event("Charged", order), event("Packed", order)] as const;
const bank = adapter("${bank}", {
  baseUrl: "https://${bank}.example.com",
  auth: bearer({ secret: "${bank}/token" }),
  timeout: "5 seconds",
  retry: { attempts: 50, backoff: "1 second", ceiling: "2 seconds" },
  operations: { charge: call("POST /charges", { body: order, returns: order, example: { id: "CH-1" } }) },
});
export default flow("orders", {
  summary: "Charges, packs and ships.",
  owner: "tests",
  triggers: { place: api("POST /placed", { emits: Placed }) },
  steps: {
    charge: step({
      on: Placed,
      emits: [Charged],
      uses: { bank },
      handler: async ({ id }, { bank }) => {
        if (${holds} && !existsSync("${dir}/go")) throw new RetryLaterError("not yet", { after: "1 second" });
        await bank.charge({ id });
        return Charged({ id });
      },
    }),
    pack: step({ on: Placed, emits: [Packed], handler: ({ id }) => Packed({ id }) }),
    ship: step({ on: join({ placed: Placed, charged: Charged${wide ? ", packed: Packed" : ""} }), emits: [], handler: () => [] }),
  },
});`;

describe("end to end / a flow's graph changes while requests are under way", function () {
  this.timeout(300_000);
  const program = programWith();
  let stop: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await stop?.();
    stop = undefined;
  });
  after(() => program.remove());
  const deployment = (version: Version) => {
    writeFileSync(join(program.root, "flows/orders.ts"), source(program.dir, version));
    return program.record();
  };
  const started = async (version: Version) => {
    const here = await hubHere({ root: program.root, recording: await deployment(version) });
    stop = here.stop;
    const { client } = here;
    const place = async (id: string) => requestOf(await client.post("/placed", { id }));
    const isAt = (id: string, ...states: readonly string[]) =>
      eventually(`${id} is at ${states.join(", ")}`, async () => {
        const steps = (await client.request(id))?.steps.map(({ step, status }) => `${step} ${status}`) ?? [];
        return states.every((state) => steps.includes(state)) ? true : undefined;
      });
    return { ...here, place, isAt };
  };

  it("calls the adapter that a step has now, with one idempotency key that the former third party has not seen", async () => {
    const { hub, client, place, isAt } = await started({ bank: "bank-a" });
    await client.fault({ target: "bank-a", mode: "error", status: 500 });
    const id = await place("o-1");
    await isAt(id, "charge retrying");
    const keysAt = async (target: string) =>
      new Set((await client.calls(`?target=${target}`)).map(({ headers }) => headers["idempotency-key"]));
    const [key, ...others] = await keysAt("bank-a");
    expect(others).to.deep.equal([]);
    await hub.apply(await deployment({ bank: "bank-b" }));
    await client.reaches(id, "completed");
    expect(key).to.be.a("string");
    const now = [...(await keysAt("bank-b"))];
    expect(now).to.have.length(1);
    expect(now).to.not.include(key);
    expect((await client.calls("?target=bank-b")).map(({ effect }) => effect)).to.deep.equal(["applied"]);
  });

  it("leaves a join that was widened open, until the event that came before is replayed to it", async () => {
    const { hub, client, place, isAt } = await started({ holds: true });
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const old = await place("o-1");
    await isAt(old, "charge retrying", "pack succeeded");
    await hub.apply(await deployment({ holds: true, wide: true }));
    writeFileSync(join(program.dir, "go"), "");
    const young = await place("o-2");
    await client.reaches(young, "completed");
    await isAt(old, "charge succeeded", "ship pending");
    expect((await client.request(old))?.status).to.equal("running");
    expect(await operatorOf(hub).deadLetters("state=open")).to.deep.equal([]);
    const body = { flow: "orders", steps: ["ship"], from, to: new Date(Date.now() + 1_000).toISOString() };
    const replayed = await operatorOf(hub).post("/ops/replays", body);
    expect(replayed.status, await replayed.text()).to.be.oneOf([200, 202]);
    await client.reaches(old, "completed");
    expect((await client.request(young))?.status).to.equal("completed");
  });
});
