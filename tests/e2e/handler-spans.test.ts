import { expect } from "chai";
import { describe, it } from "mocha";
import { hubOf } from "./copy.ts";
import { requestOf } from "./support.ts";
import { attribute, tracedAs } from "./trace-facts.ts";

describe("end to end / a span that a handler makes by @opentelemetry/api", function () {
  this.timeout(300_000);
  const here = hubOf(["observed"]);

  it("is in the trace of the request, below its attempt, and the third party's call below it", async () => {
    const requestId = await requestOf(await here.client.post("/forecasts", { city: "Porto" }));
    const spans = await tracedAs(here.hub.tracesUrl, await here.client.reaches(requestId, "completed"));
    const named = (name: string) => spans.find((span) => span.name === name) ?? expect.fail(`no span ${name}`);
    const own = named("look out");
    expect(own.parentSpanId).to.equal(named("process look").spanId);
    expect(["city", "otel.scope.name", "hub.request_id"].map((name) => attribute(own, name))).to.deep.equal([
      "Porto",
      "forecasts",
      requestId,
    ]);
    expect(named("weather.now").parentSpanId).to.equal(own.spanId);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).to.equal(1);
  });
});
