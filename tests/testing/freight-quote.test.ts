import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import freightQuote from "../../flows/freight-quote.ts";
import { api, event, flow, step } from "../../model/index.ts";
import { answer, testFlow } from "../../testing/index.ts";

const asked = z.object({ sku: z.string(), dry: z.boolean(), quantity: z.int() });
const Asked = event("Asked", asked);
const stock = flow("stock", {
  summary: "Sets a stock.",
  owner: "tests",
  triggers: {
    set: api("PUT /stock/{sku}", {
      mode: "sync",
      request: asked,
      query: ["dry"],
      answers: z.object({ said: z.string() }),
      emits: Asked,
      handler: (given) => ({ answer: { said: JSON.stringify(given) }, event: Asked(given) }),
    }),
  },
  steps: { note: step({ on: Asked, emits: [], handler: () => [] }) },
});
const parcel = { country: "PT", postcode: "1000-205", weightGrams: 200 };

describe("testing / a synchronous endpoint", () => {
  it("answers, and publishes its event to the flow's steps", async () => {
    const hub = await testFlow(freightQuote);
    const { status, body, headers, request } = await hub.call("quote", parcel);
    expect({ status, body }).to.deep.equal({ status: 200, body: { carrier: "swift", cents: 1_490, currency: "EUR", days: 2 } });
    expect(headers).to.include({ "x-request-id": request.requestId, "x-correlation-id": request.correlationId });
    await hub.settle();
    expect((await request.state()).status).to.equal("completed");
    expect(hub.emitted({ type: "FreightQuoted" })).to.deep.equal([
      { ...parcel, express: false, carrier: "swift", cents: 1_490, currency: "EUR", days: 2 },
    ]);
    expect(hub.emitted({ type: "DearFreightNoted" })).to.deep.equal([{ country: "PT", cents: 1_490, perKilogram: 7_450 }]);
  });

  it("reads the query as the gateway passes it: numbers and booleans are texts there", async () => {
    const hub = await testFlow(freightQuote);
    await hub.call("quote", { ...parcel, express: true });
    expect(hub.calls("freight-rates.best")[0]?.path).to.include("grams=200").and.include("service=express");
  });

  it("answers problems: a request that does not fit, a refusal of the handler, a third party that fails", async () => {
    const faulty = await (await testFlow(freightQuote)).call("quote", { country: "Portugal", postcode: "1", weightGrams: 0 });
    expect(faulty).to.deep.include({ status: 400 });
    expect((faulty.body as { detail: string }).detail)
      .to.include("/country")
      .and.include("/weightGrams");
    const none = await testFlow(freightQuote, {
      thirdParties: { "freight-rates": { best: () => ({ available: false, carrier: "", cents: 0, currency: "EUR", days: 0 }) } },
    });
    const detail = "no carrier takes 200 g to PT 1000-205";
    expect((await none.call("quote", parcel)).body).to.include({ status: 422, code: "NO_CARRIER", detail });
    const down = await testFlow(freightQuote, { thirdParties: { "freight-rates": { best: () => answer(400, {}) } } });
    expect((await down.call("quote", parcel)).status).to.be.within(500, 599);
    expect(down.events).to.deep.equal([]);
  });

  it("takes path, query and body from one object", async () => {
    const hub = await testFlow(stock);
    const { body } = await hub.call("set", { sku: "a/ü 1", dry: true, quantity: 3 }, { tenant: "shop" });
    expect(JSON.parse((body as { said: string }).said)).to.deep.equal({ sku: "a/ü 1", dry: true, quantity: 3 });
    expect(hub.events[0]?.detail.metadata).to.include({ tenant: "shop", requestId: "request-1" });
  });

  it("refuses an endpoint that the flow lacks, and a path without its parameter", async () => {
    const failure = async (called: Promise<unknown>) => {
      const error = await called.then(
        () => expect.fail("it was called"),
        (reason: Error) => reason,
      );
      return error.message;
    };
    const hub = await testFlow(freightQuote);
    expect(await failure(hub.call("price", {}))).to.equal(
      "the flow freight-quote has no synchronous endpoint price. Its endpoints are quote.",
    );
    expect(await failure((await testFlow(stock)).call("set", { quantity: 1 }))).to.equal("PUT /stock/{sku} needs sku.");
  });
});
