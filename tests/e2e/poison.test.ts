import { expect } from "chai";
import { describe, it } from "mocha";
import { hubOf } from "./copy.ts";
import { requestOf } from "./support.ts";

describe("end to end / a handler that ends its process", function () {
  this.timeout(400_000);
  const here = hubOf(["poisoned"], { speed: 4 });
  const part = async (death: string) => requestOf(await here.client.post("/parts", { death }));

  for (const death of ["exit", "loop", "memory", "rejection"])
    it(`is dead-lettered alone, and the nine of its batch complete (${death})`, async () => {
      // They keep both pollers busy, so that the ten after them come as one batch.
      const before = await Promise.all([part("none"), part("none")]);
      const parts = await Promise.all(Array.from({ length: 10 }, (_, n) => part(n === 4 ? death : "none")));
      const [poison = ""] = parts.splice(4, 1);
      for (const requestId of [...before, ...parts]) {
        const { steps } = await here.client.reaches(requestId, "completed", 300_000);
        expect(steps.map(({ status, attempts }) => [status, attempts])).to.eql([["succeeded", 1]]);
      }
      const { steps } = await here.client.reaches(poison, "blocked", 300_000);
      expect(steps[0]?.error?.code).to.equal("ATTEMPTS_USED_UP");
      const named = here.lines.flatMap(({ message }) => {
        const line = message as { died?: string; requestId?: string };
        return line.died === "alone" ? [line.requestId] : [];
      });
      expect(named.at(-1)).to.equal(poison);
    });
});
