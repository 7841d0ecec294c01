import { expect } from "chai";
import { describe, it } from "mocha";
import type { AllowedCall } from "../../emulator/aws.ts";
import { hubOf } from "./copy.ts";
import { requestOf } from "./support.ts";

describe("end to end / limits of a third party", function () {
  this.timeout(300_000);
  const here = hubOf(["limited"], { speed: 10, onAllowed: (call) => calls.push(call) });
  const calls: AllowedCall[] = [];
  const begin = async (id: string) => requestOf(await here.client.post("/things", { id }));
  /** Arrival times of the calls for these ids, seconds by the hub's clock. */
  const arrivals = async (prefix: string) =>
    (await here.client.calls("?target=strict"))
      .filter(({ body }) => (body as { id: string }).id.startsWith(prefix))
      .map(({ time }) => Date.parse(time) / 1_000)
      .sort((a, b) => a - b);

  it("gets no more calls than its rate limit although functions run in parallel; waiting uses up no attempt", async () => {
    const requests = await Promise.all(Array.from({ length: 16 }, (_, n) => begin(`limit-${n}`)));
    for (const requestId of requests) {
      const { steps } = await here.client.reaches(requestId, "completed", 80_000);
      expect(steps[0]).to.include({ status: "succeeded", attempts: 1 });
    }
    const hidden = calls.filter(({ action }) => action === "sqs:ChangeMessageVisibility");
    expect(hidden.length, "a second receive for each, at most").to.be.at.most(16);
    const writes = calls.filter(
      ({ action, context }) =>
        action === "dynamodb:UpdateItem" && [context["dynamodb:LeadingKeys"]].flat().includes("third-party#strict"),
    );
    expect(writes.length, "three writes of the limit for each, at most").to.be.at.most(3 * 16);
    const times = await arrivals("limit-");
    expect(times).to.have.length(16);
    // One call in two seconds. Latency shifts each arrival independently, so the error of the whole span is that of one call.
    const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
    expect(span).to.be.at.least(15 * 2 - 5);
  });

  it("gets no call before its Retry-After has passed", async () => {
    await here.client.fault({ target: "strict", mode: "rate-limit", retryAfter: 60, times: 1 });
    const requestId = await begin("after-1");
    const { steps } = await here.client.reaches(requestId, "completed", 80_000);
    expect(steps[0]?.status).to.equal("succeeded");
    const [first = 0, second = 0, ...others] = await arrivals("after-");
    expect(others).to.deep.equal([]);
    expect(second - first).to.be.at.least(60);
  });
});
