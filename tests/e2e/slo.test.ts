import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { status } from "../../cli/status.ts";
import { telemetryOf } from "../../cli/telemetry/telemetry-of.ts";
import { eventually } from "./client.ts";
import { hubOf } from "./copy.ts";
import { operatorOf } from "./operator.ts";
import { requestOf } from "./support.ts";

/** The time that requests have, half an hour of the hub, lasts 15 seconds, and the window of the fast alarm 30. */
const SPEED = 120;
const PATIENCE = 240_000;
/** These alarms measure how fast this machine is: answers by the wall clock, and waits of an hour, which lasts 18 seconds. */
const OF_MACHINE = ["hub-gateway-latency", "timely-waiting"];

const [FAST, SLOW] = ["timely-slo-fast-burn", "timely-slo-slow-burn"] as const;
const BOTH = `${FAST},${SLOW}`;

describe("end to end / the objective of a flow", function () {
  this.timeout(600_000);
  const here = hubOf(["timely"], { speed: SPEED });

  let count = 0;
  const parcel = async () => requestOf(await here.client.post("/parcels", { id: `p-${++count}` }));
  const ringing = () =>
    here.hub.services.alarms
      .states()
      .flatMap(({ name, state }) => (state === "ALARM" ? [name.replace(/-[0-9a-f]{7}$/, "")] : []))
      .filter((name) => !OF_MACHINE.includes(name));
  /** The names of the alarms that rang together, each time that they changed. An alarm rings for seconds, and this machine may be busy then. */
  const rang: string[] = [];
  let watch: NodeJS.Timeout;
  before(() => {
    watch = setInterval(() => {
      const now = ringing().toSorted().join();
      if (now !== (rang.at(-1) ?? "")) rang.push(now);
    }, 100);
  });
  after(() => clearInterval(watch));

  it("rings when requests are late, and nothing else does; the fast alarm ends an hour later, while the slow one goes on", async () => {
    // The first one may be late on a slow machine, since the functions start with it. A single one does not ring.
    for (let i = 0; i < 5; i++) await here.client.reaches(await parcel(), "completed", PATIENCE);
    expect(rang).to.deep.equal([]);

    const slow = join(here.program.dir, "slow");
    writeFileSync(slow, "");
    const late = await Promise.all(Array.from({ length: 6 }, parcel));
    // Each of them waits at least once for longer than its time.
    await eventually(
      "all wait",
      async () => {
        const requests = await Promise.all(late.map((id) => here.client.request(id)));
        return requests.every((request) => request?.steps.some(({ status }) => status === "retrying")) ? true : undefined;
      },
      PATIENCE,
    );
    rmSync(slow);
    const hub = { url: here.hub.url, apiKey: operatorOf(here.hub).apiKey, consoleUrl: here.hub.consoleUrl };
    const around = { to: { width: 200, colours: false, fits: false }, telemetry: () => telemetryOf(hub) };
    await eventually(
      "the command line shows the objective, and that its slow alarm rings",
      async () =>
        /^timely {2}95 % within 30 minutes: [\d.]+ % of \d+ in the last 6 h, .*the alarm over 6 h rings$/m.test(
          await status(hub, {}, around),
        ) || undefined,
      PATIENCE,
    );
    for (const id of late) await here.client.reaches(id, "completed", PATIENCE);
    await eventually(
      () => `both alarms ring, and then the slow one alone; so far: ${rang.join("; ") || "none"}`,
      () => (rang.includes(BOTH) && rang.lastIndexOf(SLOW) > rang.indexOf(BOTH) ? true : undefined),
      PATIENCE,
    );
    expect(rang.filter((names) => ![FAST, SLOW, BOTH, ""].includes(names))).to.deep.equal([]);
  });
});
