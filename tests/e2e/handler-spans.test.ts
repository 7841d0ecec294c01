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

  /** @returns each span with its parent, of the trace of a request that has completed */
  const parentsIn = async (requestId: string) => {
    const spans = await tracedAs(here.hub.tracesUrl, await here.client.reaches(requestId, "completed"));
    const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
    return spans.map(({ name, parentSpanId = "" }) => `${names.get(parentSpanId) ?? ""} > ${name}`);
  };

  it("is there also from a synchronous endpoint, below its answer, with the call below it", async () => {
    const answer = await here.client.post("/now", { city: "Porto" });
    expect(answer.status).to.equal(200);
    expect(await parentsIn(answer.headers.get("x-request-id") ?? "")).to.include.members([
      " > publish ForecastAsked",
      "publish ForecastAsked > answer now",
      "answer now > look at once",
      "look at once > weather.now",
      "publish ForecastAsked > process look",
    ]);
  });

  it("is there also from a webhook, below its answer", async () => {
    const answer = await fetch(`${here.hub.sandboxUrl}/_webhooks/observed/stations`, {
      method: "POST",
      body: JSON.stringify({ city: "Porto" }),
    });
    expect([answer.status, await answer.text()]).to.deep.equal([200, "hello Porto"]);
    expect(await parentsIn(answer.headers.get("x-request-id") ?? "")).to.include.members([
      "publish ForecastAsked > answer stations",
      "answer stations > greet",
    ]);
  });
});
