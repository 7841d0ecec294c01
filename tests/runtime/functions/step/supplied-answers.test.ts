import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { adapter, apiKey, bytes, call, event, flow, int64, nothing, step, text, withHeaders } from "../../../../model/index.ts";
import { OPS_ROUTES } from "../../../../protocol/routes.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { operatorDesk } from "../../fakes/operator-desk.ts";
import { type Reply, reply, useShop } from "../../fakes/shop.ts";

const Asked = event("Asked", z.object({ id: z.string() }));
const Charged = event("Charged", z.object({ charge: z.string(), note: z.string(), more: z.unknown().optional() }));
const broken: Reply = (response) => response.destroy();
const html = reply(200, "<html><b>token=abcdef0123 for ana@example.com</b></html>", { "content-type": "text/html" });

describe("step / an answer that an operator supplies", () => {
  const shop = useShop();

  const serve = (
    order: readonly ("charge" | "mail" | "file" | "put" | "search" | "tagged")[] | "both" = ["charge"],
    after: () => void = () => {},
  ) => {
    const around = fakeDependencies({ secrets: { "shop/key": "arn:shop" }, thirdParties: { shop: { baseUrl: shop.origin } } });
    around.secrets.set("arn:shop", JSON.stringify({ apiKey: "key-0123456789" }));
    const declared = adapter("shop", {
      baseUrl: "https://shop.example.com",
      auth: apiKey({ secret: "shop/key", header: "X-Key" }),
      timeout: "5 seconds",
      operations: {
        charge: call("POST /charges", { returns: z.object({ charge: int64(), note: z.string().default("none") }) }),
        mail: call("POST /mails", { returns: text() }),
        file: call("POST /files", { returns: bytes() }),
        put: call("PUT /things", { returns: nothing() }),
        search: call("POST /searches", { returns: z.object({ hits: z.int() }), safeToRepeat: true }),
        tagged: call("POST /tags", { returns: withHeaders(["ETag"], z.object({ ok: z.boolean() })) }),
      },
    });
    const charges = flow("orders", {
      summary: "",
      owner: "",
      imports: [Asked],
      steps: {
        charge: step({
          on: Asked,
          emits: [Charged],
          uses: { shop: declared },
          retry: { attempts: 2, backoff: "4 seconds", ceiling: "1 hour" },
          handler: async (_, { shop }) => {
            const answers: Record<string, unknown> = {};
            if (order === "both") {
              const calls = await Promise.allSettled([shop.charge(), shop.put()]);
              for (const result of calls) if (result.status === "rejected") throw result.reason;
              return Charged({ charge: "7", note: "" });
            }
            for (const operation of order) answers[operation] = await shop[operation]();
            after();
            const { charge = "0", note = "" } = (answers.charge ?? {}) as { charge?: string; note?: string };
            return Charged({ charge, note, more: JSON.parse(JSON.stringify(answers)) });
          },
        }),
      },
    });
    const handle = serveStep(charges, "charge", validatorsOf(charges), () => around.services);
    const placed = message(busEvent("Asked", { id: "1" }));
    const desk = operatorDesk(around, "charge", handle);
    /** Delivers the event, and gets these replies in turn; the last one stays. */
    const fails = async (...replies: Reply[]) => {
      shop.replies = replies;
      await deliver(handle, placed);
      return desk.only();
    };
    const charged = () =>
      around.bus.named("Charged").map(({ detail }) => detail.data as { charge: string; note: string; more: never });
    return { ...around, handle, placed, desk, fails, charged };
  };

  it("completes the step without another call, as the third party would have answered", async () => {
    const { fails, desk, charged, table } = serve();
    const { id, calls, errorCode } = await fails(html);
    expect(errorCode).to.equal("ANSWER_UNREADABLE");
    expect(calls).to.eql({
      "shop.charge#0": { status: 200, contentType: "text/html", size: 56, text: "<html><b>token=*** for ***</b></html>" },
    });
    expect(await desk.complete(id, '{"answer":{"charge":820982911946154508}}')).to.include({ status: 200, state: "completed" });
    await desk.settle();
    expect(shop.seen).to.have.length(1);
    expect(charged()).to.eql([
      { charge: "820982911946154508", note: "none", more: { charge: { charge: "820982911946154508", note: "none" } } },
    ]);
    expect(table.only("delivery#")).to.include({ state: "done" });
    expect(await desk.only()).to.deep.include({ state: "completed", closedBy: "ana", errorCode: "ANSWER_UNREADABLE" });
  });

  it("has the same effect once, however often it is supplied; another answer, and a second operator, are refused", async () => {
    const { fails, desk, charged } = serve();
    const { id } = await fails(html);
    const answer = { answer: { charge: "7" } };
    for (let i = 0; i < 2; i += 1) expect((await desk.complete(id, answer)).state).to.equal("completed");
    expect((await desk.complete(id, { answer: { charge: "8" } }, "bea")).why).to.equal("it is already completed");
    await desk.settle();
    expect((await desk.complete(id, answer)).state).to.equal("completed");
    await desk.settle();
    expect(charged().map(({ charge }) => charge)).to.eql(["7"]);
    expect((await desk.ask(OPS_ROUTES.redrive, "", { ids: [id] })).status).to.equal(409);
  });

  it("goes on after a crash between the record and the message, with the same answer only", async () => {
    const { fails, desk, charged, faults } = serve();
    const { id } = await fails(html);
    faults.send = new Error("crash");
    expect((await desk.complete(id, { answer: { charge: "7" } })).status).to.equal(500);
    faults.send = undefined;
    expect((await desk.complete(id, { answer: { charge: "8" } }, "bea")).why).to.include(
      "ana began to complete it with other answers",
    );
    expect((await desk.complete(id, { answer: { charge: "7" } }, "bea")).state).to.equal("completed");
    await desk.settle();
    expect(charged().map(({ charge }) => charge)).to.eql(["7"]);
    expect(shop.seen).to.have.length(1);
  });

  it("that does not match makes the message a dead letter again, which can be completed still", async () => {
    const { fails, desk, charged, bus } = serve();
    const { id } = await fails(html);
    await desk.complete(id, { answer: { charge: true } });
    const again = await desk.only();
    expect(again).to.deep.include({ state: "open", errorCode: "ANSWER_INVALID", times: 2 });
    expect(again.errorMessage).to.include("/charge").and.include("another answer");
    expect(again.calls).to.have.key("shop.charge#0");
    // The ledger counts it as the latest attempt, or the request would seem to run.
    expect(bus.named("StepFailed").map(({ detail }) => (detail.data as { attempts: number }).attempts)).to.eql([1, 2, 2]);
    await desk.complete(id, { answer: { charge: "7" } });
    await desk.settle();
    expect(charged().map(({ charge }) => charge)).to.eql(["7"]);
    expect(shop.seen).to.have.length(1);
  });

  it("is kept for further attempts and redrives: the completed call is not repeated", async () => {
    let down = true;
    const { fails, desk, charged, handle, sent, clock } = serve(["charge", "mail"], () => {
      if (down) throw new Error("down");
    });
    const { id } = await fails(html, reply(200, "sent", { "content-type": "text/plain" }));
    await desk.complete(id, { answer: { charge: "7" } });
    await desk.settle();
    clock.advance(60_000);
    // The queue hands the message out again.
    const back = sent.at(-1) ?? expect.fail();
    const attributes = Object.entries(back.attributes).filter(([, value]) => value !== "");
    await deliver(handle, {
      ...message(back.body, "m-sent-2"),
      messageAttributes: Object.fromEntries(attributes.map(([name, stringValue]) => [name, { dataType: "String", stringValue }])),
    });
    down = false;
    expect(await desk.only()).to.include({ state: "open", errorCode: "Error" });
    await desk.ask(OPS_ROUTES.redrive, "", { ids: [id] });
    await desk.settle();
    expect(charged().map(({ charge }) => charge)).to.eql(["7"]);
    expect(shop.seen.filter(({ url }) => url === "/charges")).to.have.length(1);
  });

  it("completes a call that got no answer, too; several calls at once, and no call by the way", async () => {
    const { fails, desk, charged } = serve("both");
    const byPath: Reply = (response, request) => (request.url === "/charges" ? html : broken)(response, request);
    const { id, calls, errorCode } = await fails(byPath);
    expect(errorCode).to.equal("ANSWER_UNREADABLE");
    expect(Object.entries(calls).map(([call, answer]) => [call, answer !== null])).to.have.deep.members([
      ["shop.charge#0", true],
      ["shop.put#0", false],
    ]);
    const charge = { charge: "7" };
    expect((await desk.complete(id, { answer: charge })).why).to.include("has several calls");
    expect((await desk.complete(id, { answers: { "shop.charge#0": charge } })).why).to.include(
      "the answer of shop.put#0 is missing",
    );
    expect((await desk.complete(id, { answers: { "shop.charge#1": charge } })).why).to.include(
      "shop.charge#1 is none of its calls",
    );
    const seen = shop.seen.length;
    expect((await desk.complete(id, { answers: { "shop.charge#0": charge, "shop.put#0": null } })).state).to.equal("completed");
    await desk.settle();
    expect(charged()).to.have.length(1);
    expect(shop.seen).to.have.length(seen);
  });

  it("completes OUTCOME_UNKNOWN: it happened, and this is the answer", async () => {
    const { fails, desk, charged, handle, placed } = serve(["charge"]);
    shop.replies = [broken, reply(422, {})];
    await deliver(handle, placed);
    const { id, errorCode, calls } = await fails(reply(422, {}));
    expect(errorCode).to.equal("OUTCOME_UNKNOWN");
    expect(calls).to.eql({ "shop.charge#0": null });
    await desk.complete(id, { answer: { charge: "7", note: "by hand" } });
    await desk.settle();
    expect(charged()).to.have.length(1);
    expect(charged()[0]).to.include({ charge: "7", note: "by hand" });
  });

  it("takes text, bytes, nothing, and headers as the operation declares them", async () => {
    const values = [
      ["mail", reply(500, ""), "sent", "sent"],
      ["file", reply(500, ""), "AAEC", { 0: 0, 1: 1, 2: 2 }],
      ["put", reply(500, ""), null, null],
      [
        "tagged",
        html,
        { headers: { etag: '"v1"' }, body: { ok: true } },
        { status: 200, headers: { ETag: '"v1"' }, body: { ok: true } },
      ],
    ] as const;
    for (const [operation, answer, supplied, expected] of values) {
      const { fails, desk, charged, handle, placed } = serve([operation]);
      shop.replies = [answer];
      if (operation !== "tagged") await deliver(handle, placed);
      const { id } = await fails(answer);
      await desk.complete(id, { answer: supplied });
      await desk.settle();
      expect(charged()[0]?.more, operation).to.eql({ [operation]: expected });
    }
  });

  for (const [operation, wrong] of [
    ["mail", 1],
    ["file", "not base64!"],
    ["put", {}],
    ["tagged", { ok: true }],
  ] as const)
    it(`of the wrong form is refused: ${operation}`, async () => {
      const { fails, desk, handle, placed } = serve([operation]);
      shop.replies = [reply(500, "")];
      await deliver(handle, placed);
      const { id } = await fails(reply(500, ""));
      await desk.complete(id, { answer: wrong });
      expect(await desk.only()).to.deep.include({ state: "open", errorCode: "ANSWER_INVALID" });
    });

  it("is refused for a dead letter without such calls, for unknown members, and where it is too large", async () => {
    const { fails, desk } = serve();
    const { id } = await fails(reply(404, {}));
    expect((await desk.complete(id, { answer: {} })).why).to.include("names no call that may have taken effect");
    expect(await desk.complete(id, { answer: {}, extra: 1 })).to.include({
      status: 400,
      why: "Unknown member extra. Use answer, answers, reason.",
    });
    expect((await desk.complete(id, {})).status).to.equal(400);
    expect((await desk.complete(id, { answers: [] })).status).to.equal(400);
    expect((await desk.complete(id, { answer: "x".repeat(50_000) })).status).to.equal(413);
    expect((await desk.complete("0000000000000000", { answer: {} })).status).to.equal(404);
  });

  it("is refused where a crashed attempt may have made any call", async () => {
    const { fails, desk, handle, placed, table } = serve();
    shop.replies = [reply(403, {}, { "retry-after": "30" })];
    await deliver(handle, placed);
    const { pk, sk } = table.only("delivery#");
    await table.update({ pk, sk }, { set: { state: "running", leaseUntil: 0 } });
    const { id, errorCode } = await fails(reply(422, {}));
    expect(errorCode).to.equal("OUTCOME_UNKNOWN");
    expect((await desk.complete(id, { answer: {} })).why).to.include("a function crashed");
  });

  it("is not needed for an operation that is safe to repeat: its answer is tried again", async () => {
    const { fails, charged, handle, placed } = serve(["search"]);
    shop.replies = [html];
    await deliver(handle, placed);
    shop.replies = [reply(200, { hits: 1 })];
    await deliver(handle, placed);
    void fails;
    expect(shop.seen).to.have.length(2);
    expect(charged()[0]?.more).to.eql({ search: { hits: 1 } });
  });

  it("does not repeat the call when the dead letter can't be sent and the message comes back", async () => {
    const { handle, placed, faults, desk } = serve();
    shop.replies = [html];
    faults.send = new Error("SQS is down");
    await deliver(handle, placed);
    faults.send = undefined;
    await deliver(handle, placed);
    expect(shop.seen).to.have.length(1);
    expect(await desk.only()).to.include({ errorCode: "ANSWER_UNREADABLE" });
  });

  for (const [what, bytes] of [
    ["a byte order mark", Buffer.from('\ufeff{"charge":"7"}')],
    ["UTF-16 with its mark", Buffer.from('\ufeff{"charge":"7"}', "utf16le")],
  ] as const)
    it(`is not needed where the answer begins with ${what}: it is read, and the call is made once`, async () => {
      const { handle, placed, charged, lines } = serve();
      shop.replies = [(response) => response.writeHead(200, { "content-type": "application/json" }).end(bytes)];
      await deliver(handle, placed);
      expect(charged().map(({ charge }) => charge)).to.eql(["7"]);
      expect(shop.seen).to.have.length(1);
      expect(lines.filter(({ _aws }) => _aws)).to.eql([]);
    });

  it("masks the adapter's own secret in what the answer repeats of it", async () => {
    const { fails } = serve();
    const { calls } = await fails(reply(200, "you sent key-0123456789, x", { "content-type": "text/plain" }));
    expect(calls["shop.charge#0"]).to.include({ text: "you sent ***, x", contentType: "text/plain" });
  });

  for (const [what, order, answers] of [
    ["JSON of another shape", "charge", [reply(200, '{"charge":{"id":7}}')]],
    ["JSON that ends early", "charge", [reply(201, '{"charge":"7"')]],
    ["a search of another shape, which is called again", "search", [reply(200, '{"hits":"many"}')]],
  ] as const)
    it(`counts the drift of ${what}, and none when the answer is sound`, async () => {
      const { handle, placed, lines } = serve([order]);
      const drifts = () => lines.filter((line) => line.ContractDrift === 1 && line.ThirdParty === "shop").length;
      shop.replies = [...answers];
      await deliver(handle, placed);
      expect(drifts()).to.equal(1);
      const sound = serve([order]);
      shop.replies = [reply(200, '{"charge":"7","hits":1}')];
      await deliver(sound.handle, sound.placed);
      expect(sound.lines.filter((line) => line.ContractDrift !== undefined)).to.deep.equal([]);
    });

  it("counts the drift of the contract by third party", async () => {
    const { fails, lines } = serve();
    await fails(html);
    const [metric] = lines.filter(({ _aws }) => _aws);
    expect(metric).to.include({ Hub: "table", ThirdParty: "shop", ContractDrift: 1 });
    expect(metric?._aws).to.deep.include({
      CloudWatchMetrics: [
        { Namespace: "IntegrationHub", Dimensions: [["Hub", "ThirdParty"]], Metrics: [{ Name: "ContractDrift", Unit: "Count" }] },
      ],
    });
  });
});
