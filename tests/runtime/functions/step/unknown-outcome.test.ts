import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { adapter, call, event, flow, noAuth, step } from "../../../../model/index.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { type Reply, reply, useShop } from "../../fakes/shop.ts";

const Asked = event("Asked", z.object({ id: z.string() }));
const returns = z.object({ ok: z.boolean() });
const broken: Reply = (response) => response.destroy();
const busy = reply(409, {});
const done = reply(200, { ok: true });
const text = reply(200, "ok");

describe("step / an unknown outcome", () => {
  const shop = useShop();

  /** A step that charges, whose flow declares a compensation; each delivery gets the replies in turn. */
  const serve = (route: "POST /charges" | "GET /charges" = "POST /charges") => {
    const around = fakeDependencies({ thirdParties: { shop: { baseUrl: shop.origin } } });
    const charged = call(route, { returns });
    const declared = adapter("shop", {
      baseUrl: "https://shop.example.com",
      auth: noAuth(),
      timeout: "5 seconds",
      operations: { charge: charged },
    });
    const charges = flow("orders", {
      summary: "",
      owner: "",
      imports: [Asked],
      steps: {
        charge: step({
          on: Asked,
          emits: [],
          uses: { shop: declared },
          retry: { attempts: 4, backoff: "4 seconds", ceiling: "1 hour" },
          handler: async (_, { shop }) => {
            await shop.charge();
            return [];
          },
          compensate: async () => {},
        }),
      },
    });
    const handle = serveStep(charges, "charge", validatorsOf(charges), () => around.services);
    const placed = busEvent("Asked", { id: "1" });
    const ends = async (...replies: Reply[]) => {
      for (const answer of replies) {
        shop.replies = [answer];
        await deliver(handle, message(placed));
      }
      const failed = around.bus.named("StepFailed").map(({ detail }) => detail.data as { outcome: string; terminal?: true });
      return {
        state: around.table.only("delivery#").state,
        codes: around.sent.map(({ attributes }) => attributes.errorCode),
        terminal: failed.at(-1)?.terminal,
      };
    };
    return { ...around, handle, placed, ends };
  };

  it("is none where the first call is refused: the step did nothing", async () =>
    expect(await serve().ends(busy)).to.eql({ state: "dead", codes: ["THIRD_PARTY_REFUSED"], terminal: true }));

  it("turns a later refusal into OUTCOME_UNKNOWN, which compensates nothing", async () => {
    for (const unknown of [broken, reply(500, {})])
      expect(await serve().ends(unknown, reply(422, {}))).to.eql({
        state: "dead",
        codes: ["OUTCOME_UNKNOWN"],
        terminal: undefined,
      });
  });

  it("retries 409 and 423 to the repeated call, until the charge is known", async () => {
    const fixture = serve();
    expect(await fixture.ends(broken, busy, reply(423, {}), done)).to.eql({ state: "done", codes: [], terminal: undefined });
    expect(new Set(shop.seen.map(({ headers }) => headers["idempotency-key"])).size).to.equal(1);
  });

  it("is kept in the delivery record, and assumed after a crash", async () => {
    const kept = serve();
    await kept.ends(broken);
    expect(JSON.parse(String(kept.table.only("delivery#").unknown))).to.eql(["shop.charge#0"]);

    const crashed = serve();
    await crashed.ends(reply(403, {}, { "retry-after": "30" }));
    // As a function leaves the record that dies during an attempt.
    const { pk, sk } = crashed.table.only("delivery#");
    await crashed.table.update({ pk: String(pk), sk: String(sk) }, { set: { state: "running", leaseUntil: 0 } });
    expect(await crashed.ends(reply(422, {}))).to.eql({ state: "dead", codes: ["OUTCOME_UNKNOWN"], terminal: undefined });
  });

  it("does not count for a GET", async () =>
    expect(await serve("GET /charges").ends(broken, reply(404, {}))).to.eql({
      state: "dead",
      codes: ["THIRD_PARTY_REFUSED"],
      terminal: true,
    }));

  it("waits with Retry-After on any status", async () =>
    expect(await serve().ends(reply(403, {}, { "retry-after": "30" }))).to.eql({
      state: "waiting",
      codes: [],
      terminal: undefined,
    }));

  it("does not repeat a call whose 2xx can't be read", async () => {
    expect(await serve().ends(text)).to.eql({ state: "dead", codes: ["ANSWER_UNREADABLE"], terminal: undefined });
    expect(shop.seen).to.have.length(1);
  });
});
