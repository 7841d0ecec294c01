import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Denial } from "../../emulator/aws.ts";
import type { Recording } from "../../local/recording.ts";
import { eventually } from "./client.ts";
import { linesOf, programWith } from "./copy.ts";
import { hubHere, requestOf } from "./support.ts";
import { reachesTraced } from "./trace-facts.ts";

interface Line {
  readonly what: "start" | "end";
  readonly orderId: string;
  readonly revision: number;
  readonly attempt: number;
  /** ms */
  readonly at: number;
}

describe("end to end / one at a time per key", function () {
  this.timeout(300_000);
  const program = programWith("turns");
  const denials: Denial[] = [];
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    here = await hubHere({
      root: program.root,
      recording: await program.recording(),
      speed: 20,
      onDenied: (denial) => denials.push(denial),
    });
  });
  after(async () => {
    await here?.stop();
    program.remove();
  });
  const lines = (orderId: string) => linesOf<Line>(join(program.dir, "turns")).filter((line) => line.orderId.startsWith(orderId));
  const change = async (orderId: string, revision: number, more: { ms?: number; crash?: boolean } = {}) =>
    requestOf(await here.client.post("/changes", { orderId, revision, ms: 20, ...more }));
  /** Time spans of the attempts that finished, by order. */
  const spans = (orderId: string) =>
    Map.groupBy(
      lines(orderId)
        .filter(({ what }) => what === "end")
        .map((end) => {
          const start = lines(end.orderId).find(
            ({ what, revision, attempt }) => what === "start" && revision === end.revision && attempt === end.attempt,
          );
          return { orderId: end.orderId, from: start?.at ?? Number.NaN, to: end.at };
        }),
      (span) => span.orderId,
    );
  const overlap = (a: { from: number; to: number }, b: { from: number; to: number }) => a.from < b.to && b.from < a.to;

  it("runs the handlers of one key one at a time, and different keys in parallel", async () => {
    const orders = ["k-1", "k-2", "k-3"];
    const requests = await Promise.all(Array.from({ length: 24 }, (_, i) => change(orders[i % orders.length] ?? "", i)));
    for (const requestId of requests) await reachesTraced(here, requestId, "completed", 60_000);
    const found = spans("k-");
    expect([...found.keys()].sort()).to.deep.equal(orders);
    for (const [orderId, keySpans] of found) {
      const sorted = [...keySpans].sort((a, b) => a.from - b.from);
      expect(sorted, orderId).to.have.length(8);
      for (const [i, span] of sorted.slice(1).entries())
        expect(overlap(sorted[i] as (typeof sorted)[number], span), orderId).to.equal(false);
    }
    const all = [...found.values()].flat();
    expect(all.some((a) => all.some((b) => a.orderId !== b.orderId && overlap(a, b)))).to.equal(true);
  });

  it("reports to a late handler that a newer version was applied", async () => {
    const superseded = async (requestId: string) => {
      await reachesTraced(here, requestId, "completed");
      return linesOf<Line>(join(program.dir, "turns")).length;
    };
    const published: boolean[] = [];
    const stop = here.hub.services.bus.onEvent(({ event }) => {
      if (event["detail-type"] !== "ChangeApplied") return;
      const { data } = event.detail as { data: { orderId: string; superseded: boolean } };
      if (data.orderId === "v-1") published.push(data.superseded);
    });
    for (const revision of [5, 4, 6]) await superseded(await change("v-1", revision));
    stop();
    expect(published).to.deep.equal([false, true, false]);
  });

  it("releases the key of a function that was killed half-way", async () => {
    const killed = await change("c-1", 1, { crash: true });
    await eventually("its handler is running", () => lines("c-1").find(({ what }) => what === "start"));
    const next = await change("c-1", 2);
    await reachesTraced(here, next, "completed", 60_000);
    const { steps } = await reachesTraced(here, killed, "completed", 60_000);
    expect(steps[0]).to.include({ attempts: 2 });
    const ends = lines("c-1").filter(({ what }) => what === "end");
    expect(ends.map(({ revision, attempt }) => `${revision} ${attempt}`).sort()).to.deep.equal(["1 2", "2 1"]);
  });

  it("needs the permission for its keys: without it no handler runs", async () => {
    const recording = await program.recording();
    denials.length = 0;
    await here.hub.apply(withoutPartition(recording, "turns-apply-policy", "serial#"));
    await change("d-1", 1);
    await eventually("a call is denied", () => denials.find(({ action }) => action === "dynamodb:UpdateItem"));
    expect(lines("d-1")).to.deep.equal([]);
    await here.hub.apply(recording);
  });
});

/** The recording with one kind of partition removed from one policy. */
function withoutPartition(recording: Recording, policy: string, prefix: string): Recording {
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter((item) => !String(item).startsWith(prefix)).map(change);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]));
  };
  const resources = recording.resources.map((resource) => {
    if (resource.name !== policy) return resource;
    const text = JSON.stringify(change(JSON.parse(String(resource.inputs.policy))));
    return { ...resource, inputs: { ...resource.inputs, policy: text }, outputs: { ...resource.outputs, policy: text } };
  });
  return { ...recording, resources };
}
