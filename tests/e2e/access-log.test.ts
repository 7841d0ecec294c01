import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { eventually } from "./client.ts";
import { hubHere, someOrder } from "./support.ts";

describe("end to end / access log", function () {
  this.timeout(300_000);
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    here = await hubHere();
  });
  after(() => here?.stop());

  it("has the ids that the caller got, the gateway's own, and the trace's", async () => {
    const trace = "1-67891233-abcdef012345678912345678";
    const headers = { "X-Correlation-ID": "order-from-shop-7", "X-Amzn-Trace-Id": `Root=${trace}`, "Idempotency-Key": "key-7" };
    const answer = await here.client.post("/orders", someOrder(), headers);
    const { requestId, correlationId } = (await answer.json()) as { requestId: string; correlationId: string };
    const file = join(here.hub.services.logs.dir, "../access/api.jsonl");
    const line = await eventually("the access log has the call", () =>
      readFileSync(file, { encoding: "utf8", flag: "a+" })
        .split("\n")
        .filter((text) => text !== "")
        .map((text) => (JSON.parse(text) as { message: Record<string, string> }).message)
        .find(({ resourcePath }) => resourcePath === "/orders"),
    );
    expect(correlationId).to.equal("order-from-shop-7");
    expect(line).to.include({
      requestId: answer.headers.get("x-amzn-requestid"),
      hubRequestId: requestId,
      correlationId,
      xrayTraceId: trace,
    });
  });
});
