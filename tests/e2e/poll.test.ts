import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Denial } from "../../emulator/aws.ts";
import type { HubStatus, TimerStatus } from "../../protocol/status.ts";
import { eventually } from "./client.ts";
import { linesOf, programWith, withoutStatement } from "./copy.ts";
import { killedAfterEach } from "./killed-after-each.ts";
import { operatorOf } from "./operator.ts";
import { dataFolder, hubHere, killable } from "./support.ts";

interface Taken {
  readonly id: number;
  readonly requestId: string;
  readonly tenant: string;
}
interface Logged {
  readonly message?: string;
  readonly level?: string;
}
const POLICY = "polling-items-poll-policy";

describe("end to end / polls", function () {
  this.timeout(300_000);
  const program = programWith("polling");
  const taken = () => linesOf<Taken>(join(program.dir, "items"));
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
  /** Waits for the items 1 to n. */
  const takes = (n: number) =>
    eventually(`items 1 to ${n} are taken`, () => {
      const ids = new Set(taken().map(({ id }) => id));
      return upTo(n).every((id) => ids.has(id)) ? true : undefined;
    });
  after(() => program.remove());

  describe("of a program", () => {
    const folder = dataFolder();
    const tracked = killedAfterEach();
    const start = async () => tracked(await killable(join(folder.dir, "hub"), 60, program));
    after(() => folder.remove());

    it("go on after kill -9 where they were: nothing is lost, and each event is one request", async () => {
      const first = await start();
      await takes(7);
      first.child.kill("SIGKILL");
      await first.ended;
      const ended = taken().length;
      await start();
      await takes(ended + 10);
      for (const id of upTo(ended + 10)) {
        const requests = new Set(taken().flatMap((one) => (one.id === id ? [one.requestId] : [])));
        expect([...requests], `item ${id}`).to.have.length(1);
      }
      expect(taken()[0]?.requestId).to.match(/^poll:polling\.items:[0-9a-f]{32}$/);
    });
  });

  describe("of a hub", () => {
    const denials: Denial[] = [];
    let here: Awaited<ReturnType<typeof hubHere>>;
    before(async () => {
      rmSync(join(program.dir, "items"), { force: true });
      here = await hubHere({
        root: program.root,
        recording: await program.recording(),
        speed: 60,
        onDenied: (denial) => denials.push(denial),
      });
    });
    after(() => here?.stop());

    it("show each request to every caller with a key", async () => {
      const known = taken().length;
      const { requestId, tenant } = await eventually("an item is taken", () => taken()[known]);
      expect(tenant).to.equal("poll:polling.items");
      const state = await here.client.reaches(requestId, "completed");
      expect(state).to.include({ flow: "polling", correlationId: requestId });
      expect(state.events.map(({ name, step }) => `${step} ${name}`)).to.deep.equal(["trigger:items ItemFound"]);
    });

    for (const [sid, action] of [
      ["Publish", "events:PutEvents"],
      ["State", "dynamodb:UpdateItem"],
      ["Holds", "dynamodb:GetItem"],
      ["Secrets", "secretsmanager:GetSecretValue"],
    ] as const)
      it(`need ${sid}: without it no page is read to its end, and with it the poll goes on`, async () => {
        const recording = await program.recording();
        denials.length = 0;
        await here.hub.apply(withoutStatement(recording, POLICY, sid));
        await eventually(`${action} is denied`, () => (denials.some((denial) => denial.action === action) ? true : undefined));
        await here.hub.apply(recording);
        const known = new Set(taken().map(({ id }) => id)).size;
        await takes(known + 5);
      });

    it("need the permission of their schedule to invoke the function", async () => {
      const recording = await program.recording();
      denials.length = 0;
      await here.hub.apply(withoutStatement(recording, "polling-polls-policy", "Invoke"));
      await eventually("it is denied", () => denials.find(({ action }) => action === "lambda:InvokeFunction"));
      await here.hub.apply(recording);
      const known = new Set(taken().map(({ id }) => id)).size;
      await takes(known + 5);
    });

    it("run when an operator asks for it, and the status shows where they are", async () => {
      const operator = operatorOf(here.hub);
      const statusOf = async () => {
        const { flows } = (await (await operator.get("/ops/status")).json()) as HubStatus;
        return flows.find(({ flow }) => flow === "polling")?.timers[0] as TimerStatus;
      };
      const recording = await program.recording();
      denials.length = 0;
      await here.hub.apply(withoutStatement(recording, "polling-polls-policy", "Invoke"));
      await eventually("its schedule starts no further run", () => (denials.length > 1 ? true : undefined));
      const before = await statusOf();
      const known = new Set(taken().map(({ id }) => id)).size;
      const run = await operator.post("/ops/triggers/run", { flow: "polling", trigger: "items" });
      expect([run.status, await run.json()]).to.deep.equal([202, { flow: "polling", trigger: "items", requestId: null }]);
      await takes(known + 1);
      const after = await eventually("the run has ended", async () => {
        const found = await statusOf();
        const { lastRun } = found.poll ?? {};
        return lastRun?.endedAt && lastRun.startedAt !== before.poll?.lastRun?.startedAt ? found : undefined;
      });
      expect(after.poll?.lastRun).to.include({ ended: "caught up", error: null });
      expect(JSON.stringify(after.poll?.cursor)).to.match(/^{"after":\d+}$/);
      expect(Date.parse(after.nextAt ?? "")).to.be.greaterThan(Date.parse(after.poll?.lastRun?.startedAt ?? ""));
      await here.hub.apply(withoutStatement(recording, "hub-ops-policy", "Polls"));
      denials.length = 0;
      expect((await operator.get("/ops/status")).status).to.equal(500);
      expect(denials.map(({ action }) => action)).to.include("dynamodb:GetItem");
      await here.hub.apply(recording);
    });

    it("read nothing while an operator holds the third party", async () => {
      const until = new Date(here.hub.services.clock.now() + 12 * 3_600_000).toISOString();
      const answer = await operatorOf(here.hub).post("/ops/holds", { thirdParty: "depot", until, reason: "maintenance" });
      expect(answer.status).to.equal(200);
      const held = () =>
        here.lines.flatMap(({ message }) => ((message as Logged).message === "poll held" ? [message as Logged] : []));
      const first = await eventually("a run is held", () => held()[0]);
      expect(first).to.include({ level: "info", step: "trigger:items", target: "third party depot" });
      const calls = (await here.client.calls("?target=depot")).length;
      const known = held().length;
      await eventually("two more runs are held", () => (held().length >= known + 2 ? true : undefined));
      expect(await here.client.calls("?target=depot")).to.have.length(calls);
    });
  });
});
