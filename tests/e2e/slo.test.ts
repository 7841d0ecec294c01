import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { hubOf } from "./copy.ts";
import { eventually, requestOf } from "./support.ts";

/** The time that requests have, half an hour of the hub, lasts 9 seconds, and the window of the fast alarm 18. */
const SPEED = 200;
const PATIENCE = 240_000;
/** Its alarm measures by the wall clock how fast this machine is. */
const LATENCY = "hub-gateway-latency";

describe("end to end / the objective of a flow", function () {
  this.timeout(600_000);
  const here = hubOf(["timely"], { speed: SPEED });

  let count = 0;
  const parcel = async () => requestOf(await here.client.post("/parcels", { id: `p-${++count}` }));
  const ringing = () =>
    here.hub.services.alarms
      .states()
      .flatMap(({ name, state }) => (state === "ALARM" ? [name.replace(/-[0-9a-f]{7}$/, "")] : []))
      .filter((name) => name !== LATENCY);
  const rings = (...names: readonly string[]) =>
    eventually(
      () => `${names.join(", ") || "nothing"} rings; now: ${ringing().join(", ") || "nothing"}`,
      () => {
        const now = ringing();
        expect(now.filter((name) => !name.startsWith("timely-slo-"))).to.deep.equal([]);
        return now.toSorted().join() === names.toSorted().join() ? true : undefined;
      },
      PATIENCE,
    );

  it("rings when requests are late, and nothing else does; the fast alarm ends an hour later, while the slow one goes on", async () => {
    // The first one may be late on a slow machine, since the functions start with it. A single one does not ring.
    for (let i = 0; i < 5; i++) await here.client.reaches(await parcel(), "completed", PATIENCE);
    expect(ringing()).to.deep.equal([]);

    const slow = join(here.program.dir, "slow");
    writeFileSync(slow, "");
    const late = await Promise.all(Array.from({ length: 6 }, parcel));
    // Each of them waits at least once for longer than its time.
    await eventually(
      "all wait",
      async () => {
        const requests = await Promise.all(late.map((id) => here.client.get(`/requests/${id}`).then((answer) => answer.json())));
        return (requests as { steps: { status: string }[] }[]).every(({ steps }) =>
          steps.some(({ status }) => status === "retrying"),
        )
          ? true
          : undefined;
      },
      PATIENCE,
    );
    rmSync(slow);
    await rings("timely-slo-fast-burn", "timely-slo-slow-burn");
    for (const id of late) await here.client.reaches(id, "completed", PATIENCE);
    await rings("timely-slo-slow-burn");
  });
});
