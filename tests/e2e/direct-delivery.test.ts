import { expect } from "chai";
import { describe, it } from "mocha";
import { useStraight } from "./straight.ts";

describe("end to end / direct delivery", function () {
  this.timeout(60_000);
  // A crashed attempt keeps its lease until its function's timeout, by the machine's clock, has passed; Lambda's next attempt comes a
  // minute of the hub's clock later.
  const { here, run, mend, attempts } = useStraight(25);

  for (const [trouble, error, shape] of [
    ["throw", "Error", "runtime"],
    ["crash", "Runtime.ExitError", "invocation"],
  ] as const)
    it(`${trouble}: three invocations, then the request is blocked; sent back by hand it completes`, async () => {
      const { id, requestId } = await run(trouble);
      const { steps } = await here.client.reaches(requestId, "blocked");
      expect(steps[0]).to.include({ step: "go", status: "failed", attempts: 3 });
      expect(attempts(id)).to.deep.equal([1, 2, 3]);
      const letter = await here.operator.letterOf(requestId);
      expect(letter).to.include({ step: "go", errorCode: error, shape });

      mend();
      const { results } = await here.operator.decide("redrive", { ids: [letter.id] });
      expect(results).to.deep.equal([{ id: letter.id, state: "redriven" }]);
      const done = await here.client.reaches(requestId, "completed");
      expect(done.steps[0]).to.include({ status: "succeeded", attempts: 4 });
      expect(attempts(id)).to.deep.equal([1, 2, 3, 4]);
      const again = await here.operator.decide("redrive", { ids: [letter.id] });
      expect(again.status).to.equal(409);
    });
});
