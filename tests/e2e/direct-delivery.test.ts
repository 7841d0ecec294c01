import { expect } from "chai";
import { describe, it } from "mocha";
import { useStraight } from "./straight.ts";

describe("end to end / direct delivery", function () {
  this.timeout(300_000);
  // A crashed attempt keeps its lease until its function's timeout has passed by the machine's clock; Lambda's next attempt follows
  // one minute later by the hub's clock.
  const { here, run, mend, attempts } = useStraight(25);

  for (const [trouble, error, shape] of [
    ["throw", "Error", "runtime"],
    ["crash", "Runtime.ExitError", "invocation"],
  ] as const)
    it(`${trouble}: three invocations, then the request is blocked; when an operator redrives it, it completes`, async () => {
      const { id, requestId } = await run(trouble);
      const { steps } = await here.client.reaches(requestId, "blocked");
      expect(steps[0]).to.include({ step: "go", status: "failed", attempts: 3 });
      expect(attempts(id)).to.deep.equal([1, 2, 3]);
      const deadLetter = await here.operator.deadLetterOf(requestId);
      expect(deadLetter).to.include({ step: "go", errorCode: error, shape });

      mend();
      const { results } = await here.operator.decide("redrive", { ids: [deadLetter.id] });
      expect(results).to.deep.equal([{ id: deadLetter.id, state: "redriven" }]);
      const done = await here.client.reaches(requestId, "completed");
      expect(done.steps[0]).to.include({ status: "succeeded", attempts: 4 });
      expect(attempts(id)).to.deep.equal([1, 2, 3, 4]);
      const again = await here.operator.decide("redrive", { ids: [deadLetter.id] });
      expect(again.status).to.equal(409);
    });
});
