import { expect } from "chai";
import { describe, it } from "mocha";
import type { Rest } from "../../../checks/chaos/hub-protocol.ts";
import type { DeadLetter } from "../../../checks/chaos/observation.ts";
import { Watcher } from "../../../checks/chaos/watcher.ts";

/** What the hub answers at one look. */
interface Look {
  readonly status: string;
  readonly deadLetters?: readonly DeadLetter[];
  readonly messages?: number;
  readonly deliveries?: number;
}
const DEAD: readonly DeadLetter[] = [{ id: "l-1", requestId: "r-1", step: "ship" }];

describe("chaos / watcher", () => {
  /** @returns the number of looks before the watcher returned */
  const looks = async (wait: "ended" | "settled", ...hub: readonly [Look, ...Look[]]) => {
    let nth = 0;
    const look = () => hub[nth] ?? hub[0];
    const watcher = new Watcher<{ readonly requestId: string }>(
      {
        statusOf: async () => look().status,
        openDeadLetters: async () => look().deadLetters ?? [],
        pause: async () => {
          nth += 1;
        },
      },
      {
        rest: async (): Promise<Rest> => ({
          queues: [{ name: "q", messages: look().messages ?? 0 }],
          deliveries: look().deliveries ?? 0,
        }),
      },
    );
    watcher.accepted.push({ requestId: "r-1" });
    await watcher[wait]();
    return nth + 1;
  };

  it("does not take a dead letter for the end of a request that is about to be compensated", async () => {
    const course = [
      { status: "running", deadLetters: DEAD },
      { status: "compensating", deadLetters: DEAD },
      { status: "compensated", deadLetters: DEAD },
      { status: "compensated" },
    ] as const;
    expect(await looks("ended", ...course)).to.equal(4);
    expect(await looks("settled", ...course)).to.equal(1);
  });

  it("waits for messages and deliveries that are left when all requests have ended", async () => {
    const course = [
      { status: "completed", messages: 1 },
      { status: "completed", deliveries: 1 },
      { status: "completed" },
    ] as const;
    expect(await looks("ended", ...course)).to.equal(3);
    expect(await looks("settled", ...course)).to.equal(3);
  });
});
