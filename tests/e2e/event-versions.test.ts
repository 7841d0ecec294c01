import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, describe, it } from "mocha";
import * as z from "zod";
import { contractOf } from "../../components/parts/contract.ts";
import { eventually } from "./client.ts";
import { linesOf, programWith } from "./copy.ts";
import { operatorOf } from "./operator.ts";
import { publishStraight } from "./publish.ts";
import { hubHere, requestOf } from "./support.ts";

const FIRST = "z.object({ id: z.string() })";
const SECOND = "z.object({ id: z.string(), currency: z.string() })";
const lifted = `event("Placed", ${SECOND}, { version: 2, from: { 1: { schema: ${FIRST}, lift: (old) => ({ ...old, currency: "EUR" }) } } })`;
const REQUESTS = 5;

/** A flow with compensations. @param ships false where the second step waits for a later deployment */
const source = (dir: string, placed: string, ships: boolean) => `
import { appendFileSync } from "node:fs";
import * as z from "zod";
import { api, event, flow, RetryLaterError, step } from "../model/index.ts";
const Placed = ${placed};
const Charged = event("Charged", z.object({ id: z.string() }));
const Shipped = event("Shipped", z.object({ id: z.string() }));
const note = (what: string, input: unknown) => appendFileSync("${dir}/notes", JSON.stringify({ what, input }) + "\\n");
export default flow("orders", {
  summary: "Charges and ships.",
  owner: "tests",
  triggers: { place: api("POST /placed", { emits: Placed }) },
  steps: {
    charge: step({
      on: Placed,
      emits: [Charged],
      handler: (input) => (note("charge", input), Charged({ id: input.id })),
      compensate: ({ input }) => note("refund", input),
    }),
    ship: step({
      on: Placed,
      emits: [Shipped],
      handler: (input) => {
        if (!${ships}) throw new RetryLaterError("not yet", { after: "1 second" });
        note("ship", input);
        return Shipped({ id: input.id });
      },
    }),
  },
});`;

describe("end to end / an event's schema changes while requests are under way", function () {
  this.timeout(300_000);
  const program = programWith();
  const notes = (what: string) =>
    linesOf<{ what: string; input: { id: string } }>(join(program.dir, "notes")).filter((line) => line.what === what);
  let stop: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await stop?.();
    stop = undefined;
    rmSync(join(program.dir, "notes"), { force: true });
  });
  after(() => program.remove());

  const deployment = (placed: string, { ships = true } = {}) => {
    writeFileSync(join(program.root, "flows/orders.ts"), source(program.dir, placed, ships));
    return program.record();
  };

  /** A hub with requests under the first schema that are charged and not shipped. */
  async function underWay() {
    const started = await hubHere({
      root: program.root,
      recording: await deployment(`event("Placed", ${FIRST})`, { ships: false }),
    });
    stop = started.stop;
    const { client } = started;
    const requests: string[] = [];
    for (let i = 0; i < REQUESTS; i += 1) requests.push(await requestOf(await client.post("/placed", { id: `o-${i}` })));
    for (const id of requests)
      await eventually(`${id} is charged and waits to be shipped`, async () => {
        const steps = (await client.request(id))?.steps ?? [];
        const is = (name: string, status: string) => steps.some((found) => found.step === name && found.status === status);
        return is("charge", "succeeded") && is("ship", "retrying") ? true : undefined;
      });
    return { ...started, requests };
  }

  for (const [what, placed, code] of [
    ["its version is raised without a lift", `event("Placed", ${SECOND}, { version: 2 })`, "UNSUPPORTED_VERSION"],
    ["it is made stricter", `event("Placed", ${SECOND})`, "INVALID_PAYLOAD"],
  ] as const) {
    it(`waits where ${what}, and is shipped after a mend; nothing is compensated`, async () => {
      const { hub, client, requests } = await underWay();
      await hub.apply(await deployment(placed));
      for (const id of requests) {
        const { steps } = await client.reaches(id, "blocked", 60_000);
        expect(steps.map(({ step, status, error }) => [step, status, error?.code])).to.deep.equal([
          ["charge", "succeeded", undefined],
          ["ship", "failed", code],
        ]);
      }
      const young = await requestOf(await client.post("/placed", { id: "young", currency: "USD" }));
      await client.reaches(young, "completed", 60_000);
      // Under a mend that lifts version 1, or under the schema that the requests began with.
      await hub.apply(await deployment(code === "UNSUPPORTED_VERSION" ? lifted : `event("Placed", ${FIRST})`));
      const operator = operatorOf(hub);
      for (const id of requests) await operator.deadLetterOf(id);
      await operator.decide("redrive", { all: true });
      for (const id of requests) await client.reaches(id, "completed", 60_000);
      expect(notes("refund")).to.deep.equal([]);
      expect(
        notes("ship")
          .map(({ input }) => input.id)
          .sort(),
      ).to.deep.equal([...requests.map((_, i) => `o-${i}`), "young"]);
    });
  }

  it("is lifted where the event declares how", async () => {
    const { hub, client, requests } = await underWay();
    await hub.apply(await deployment(lifted));
    for (const id of requests) await client.reaches(id, "completed", 60_000);
    expect(notes("ship").map(({ input }) => input)).to.have.deep.members(
      requests.map((_, i) => ({ id: `o-${i}`, currency: "EUR" })),
    );
    expect(notes("refund")).to.deep.equal([]);
  });

  it("fails a request whose first payload passed the gateway and does not fit, without a dead letter", async () => {
    const started = await hubHere({ root: program.root, recording: await deployment(`event("Placed", ${FIRST})`) });
    stop = started.stop;
    const accepted = await requestOf(await started.client.post("/placed", { id: "o-1" }));
    await started.client.reaches(accepted, "completed", 60_000);
    const request = {
      requestId: "bad-1",
      eventId: "bad-1",
      correlationId: "bad-1",
      causationId: "",
      tenant: "webhook:orders.place",
    };
    const bus = started.hub.recording.resources.find(({ type }) => type === "aws:cloudwatch/eventBus:EventBus");
    const functions = started.hub.recording.resources.filter(({ type }) => type === "aws:lambda/function:Function");
    const variables = functions.map(
      ({ inputs }) => (inputs.environment as { readonly variables: Readonly<Record<string, string>> }).variables,
    );
    const graph = variables.find(({ HUB_FLOW }) => HUB_FLOW === "orders")?.HUB_GRAPH;
    const contract = contractOf({ schema: z.object({ id: z.string() }) });
    await publishStraight(started.hub, {
      bus: String(bus?.outputs.name),
      source: "hub.orders",
      type: "Placed",
      detail: {
        metadata: {
          ...request,
          flow: "orders",
          graph,
          step: "trigger:place",
          version: 1,
          contract,
          hop: 0,
          occurredAt: "",
          traceparent: "",
        },
        data: { id: 7 },
      },
    });
    const operator = operatorOf(started.hub);
    const { steps } = await eventually("the request has failed", async () => {
      const answer = await operator.get("/requests/bad-1");
      const found =
        answer.status === 200 ? ((await answer.json()) as Awaited<ReturnType<typeof started.client.reaches>>) : undefined;
      return found?.status === "failed" ? found : undefined;
    });
    expect(steps.map(({ step, status, error }) => [step, status, error?.code])).to.deep.equal([
      ["charge", "failed", "INVALID_PAYLOAD"],
      ["ship", "failed", "INVALID_PAYLOAD"],
    ]);
    expect(steps[0]?.error?.message).to.include("/id");
    expect(await operator.deadLetters("requestId=bad-1")).to.deep.equal([]);
    expect(notes("refund")).to.deep.equal([]);
  });
});
