import { expect } from "chai";
import type { Check } from "./check.ts";
import type { Hub } from "./hub.ts";

/** What the sandbox's own API shows of API Gateway, where no flow of this repository would. */
export const PROBE_CHECKS: readonly Check[] = [
  {
    id: "probe-parameters",
    what: "a template sees path parameters as they were sent, and the last decoded value of a query",
    probe: true,
    settles: ["path-parameters-undecoded", "last-value-of-query"],
    async run({ probeUrl }: Hub) {
      const answer = await fetch(`${probeUrl}/path/a%20b%C3%A9?q=1&q=c%20d`);
      expect(await answer.json()).to.deep.equal({ path: "a%20b%C3%A9", query: "c d" });
    },
  },
  {
    id: "probe-override",
    what: "one override of each parameter applies, and a second one of the same parameter is a 5XX",
    probe: true,
    settles: ["override-once"],
    async run({ probeUrl }: Hub) {
      const once = await fetch(`${probeUrl}/override/once`);
      expect([once.status, once.headers.get("x-probe")]).to.deep.equal([409, "first"]);
      expect((await fetch(`${probeUrl}/override/twice`)).status).to.be.within(500, 599);
    },
  },
];
