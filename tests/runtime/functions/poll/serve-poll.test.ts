import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import * as z from "zod";
import type { Envelope } from "../../../../model/envelope.ts";
import { event, type Flow, flow, poll, step } from "../../../../model/index.ts";
import { HOLDS } from "../../../../protocol/holds.ts";
import { admissionKey, holdsKey, pollKey } from "../../../../protocol/table.ts";
import type { Item } from "../../../../runtime/ports.ts";
import { chanceOf } from "../../../../testing/faults.ts";
import { HubInMemory } from "../../../../testing/hub-in-memory.ts";
import { TestClock } from "../../../../testing/test-clock.ts";
import { ThirdParties } from "../../../../testing/third-parties.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const Seen = event("Seen", z.object({ n: z.int() }));
const seen: unknown[] = [];
const counting = flow("counting", {
  summary: "s",
  owner: "o",
  source: import.meta.url,
  formerly: ["counted"],
  admission: { oldest: "1 minute" },
  triggers: {
    count: poll("rate(1 minute)", {
      emits: [Seen],
      cursor: z.object({ n: z.int() }),
      start: { n: 0 },
      page: ({ cursor }) => {
        seen.push(cursor);
        return { events: Seen(cursor), cursor: { n: cursor.n + 1 }, more: cursor.n % 2 === 0 };
      },
    }),
  },
  steps: { work: step({ on: Seen, emits: [], handler: () => [] }) },
});

describe("a poll's function", () => {
  const key = pollKey("counted", "count");
  let hub: HubInMemory;
  const hubOf = async (of: Flow) => {
    const [clock, chance] = [new TestClock(NOW), chanceOf(undefined)];
    const made = new HubInMemory(of, { clock, chance, parties: new ThirdParties(of, {}, clock, chance.random) });
    await made.deploy();
    return made;
  };
  beforeEach(async () => {
    seen.length = 0;
    hub = await hubOf(counting);
  });
  const itemOf = () => hub.table.items.get(`${key.pk}|${key.sk}`);

  it("keeps cursor and lease in one item, under the flow's first name", async () => {
    await hub.poll("count");
    const { owner, ...item } = itemOf() as Item;
    const at = "2030-01-01T00:00:00.000Z";
    const { lastRun, ...rest } = item;
    expect(rest).to.deep.equal({ ...key, cursor: '{"n":2}', moves: 2, leaseUntil: 0, startedAt: at });
    const run = { startedAt: at, endedAt: at, ended: "caught up", pages: 2, events: 2, error: null };
    expect(JSON.parse(String(lastRun))).to.deep.equal(run);
    expect(owner).to.be.a("string");
  });

  it("writes twice for a run that finds nothing new", async () => {
    const page = () => ({ events: [], cursor: { n: 0 }, more: false });
    const count = poll("rate(1 minute)", { emits: [Seen], cursor: z.object({ n: z.int() }), start: { n: 0 }, page });
    hub = await hubOf({ ...counting, triggers: { count } });
    hub.table.calls.length = 0;
    await hub.poll("count");
    expect(hub.table.calls).to.deep.equal(["update", "get", "get", "update"]);
  });

  it("refuses a stored cursor that the schema no longer takes, and leaves it", async () => {
    await hub.table.put({ ...key, cursor: '{"page":"7"}', moves: 3, leaseUntil: 0 });
    const error = await hub.poll("count").catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: "INVALID_CURSOR" });
    expect((error as Error).message).to.match(
      /^the stored cursor does not match its schema: \/n .*\. Deploy a schema that takes it too, or/,
    );
    expect(itemOf()).to.include({ cursor: '{"page":"7"}', moves: 3, leaseUntil: 0 });
    expect(JSON.parse(String(itemOf()?.lastRun))).to.include({ ended: "failed", error: "INVALID_CURSOR", pages: 0 });
    expect(seen).to.deep.equal([]);
  });

  it("gives a page that is read again by code whose cursor has a new default the same ids", async () => {
    const pageBy = async (cursor: z.ZodObject) => {
      const page = () => ({ events: Seen({ n: 7 }), cursor: { n: 8 }, more: false });
      const count = poll("rate(1 minute)", { emits: [Seen], cursor, start: { n: 0 }, page });
      hub = await hubOf({ ...counting, triggers: { count } });
      await hub.table.put({ ...key, cursor: '{"n":7}', moves: 3, leaseUntil: 0 });
      await hub.poll("count");
      return hub.events.map(({ detail }) => (detail as Envelope).metadata.requestId);
    };
    const before = await pageBy(z.object({ n: z.int() }));
    expect(before).to.have.length(1);
    expect(await pageBy(z.object({ n: z.int(), size: z.int().default(50) }))).to.deep.equal(before);
  });

  const holdOf = (what: object) => ({
    ...{ since: "2029-12-31T00:00:00Z", until: "2030-01-02T00:00:00Z", by: "ana", reason: "r" },
    ...what,
  });
  for (const what of [{ flow: "counting" }, { flow: "counted" }, { flow: "counting", step: "trigger:count" }])
    it(`reads nothing while an operator holds ${Object.values(what).join(", ")}`, async () => {
      await hub.table.put({ ...holdsKey, [HOLDS]: JSON.stringify([holdOf(what)]) });
      expect(await hub.poll("count")).to.deep.equal({ ended: "held", pages: 0, events: 0 });
      expect(hub.lines.find(({ message }) => message === "poll held")).to.include({ level: "info", by: "ana" });
      expect(itemOf()).to.include({ leaseUntil: 0 });
      expect(seen).to.deep.equal([]);
    });

  it("runs while another flow is held", async () => {
    await hub.table.put({ ...holdsKey, [HOLDS]: JSON.stringify([holdOf({ flow: "other" })]) });
    expect(await hub.poll("count")).to.include({ ended: "caught up" });
  });

  it("reads nothing while the flow is behind", async () => {
    await hub.table.put({ ...admissionKey("counted"), closedUntil: NOW + 60_000 });
    expect(await hub.poll("count")).to.deep.equal({ ended: "behind", pages: 0, events: 0 });
    expect(seen).to.deep.equal([]);
  });

  it("stops where another run took its lease, and stores nothing more", async () => {
    const page = async ({ cursor }: { cursor: { n: number } }) => {
      await hub.table.update(key, { set: { owner: "another" } });
      return { events: Seen(cursor), cursor: { n: cursor.n + 1 }, more: true };
    };
    const count = poll("rate(1 minute)", { emits: [Seen], cursor: z.object({ n: z.int() }), start: { n: 0 }, page });
    hub = await hubOf({ ...counting, triggers: { count } });
    expect(await hub.poll("count")).to.include({ ended: "running", pages: 0 });
    expect(itemOf()).to.include({ owner: "another" }).and.not.to.have.property("cursor");
  });
});
