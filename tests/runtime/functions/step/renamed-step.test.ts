import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { adapter, call, event, flow, noAuth, step } from "../../../../model/index.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { reply, useShop } from "../../fakes/shop.ts";

const Asked = event("Asked", z.object({ id: z.string() }));
const shopped = adapter("shop", {
  baseUrl: "https://shop.example.com",
  auth: noAuth(),
  timeout: "5 seconds",
  operations: { charge: call("POST /charges", { returns: z.object({ ok: z.boolean() }) }) },
});

describe("step / renamed between two attempts", () => {
  const shop = useShop();

  for (const [what, flowName, stepName, formerly] of [
    ["the step", "orders", "bill", { flow: [], step: ["charge"] }],
    ["the flow", "sales", "charge", { flow: ["orders"], step: [] }],
    ["both, twice", "sales", "bill", { flow: ["orders", "market"], step: ["charge", "debit"] }],
  ] as const)
    it(`repeats a call under the same idempotency keys: ${what}`, async () => {
      const around = fakeDependencies({ thirdParties: { shop: { baseUrl: shop.origin } } });
      const keys: string[] = [];
      const serve = (flowName: string, name: string, environment: object) => {
        const declared = flow(flowName, {
          summary: "",
          owner: "",
          imports: [Asked],
          steps: {
            [name]: step({
              on: Asked,
              emits: [],
              uses: { shop: shopped },
              retry: { attempts: 4, backoff: "4 seconds", ceiling: "1 hour" },
              handler: async (_, { shop, idempotencyKey }) => {
                keys.push(idempotencyKey);
                await shop.charge();
                return [];
              },
            }),
          },
        });
        const services = { ...around.services, environment: { ...around.services.environment, ...environment } };
        return serveStep(declared, name, validatorsOf(declared), () => services);
      };
      // The first call takes effect, and its answer is lost.
      shop.replies = [(response) => response.destroy()];
      await deliver(serve("orders", "charge", {}), message(busEvent("Asked", { id: "1" })));
      shop.replies = [reply(200, { ok: true })];
      await deliver(serve(flowName, stepName, { flow: flowName, formerly }), message(busEvent("Asked", { id: "1" }), "m-2"));
      const sent = shop.seen.map(({ headers }) => headers["idempotency-key"]);
      expect(sent.length).to.be.greaterThan(1);
      expect(new Set(sent).size, sent.join()).to.equal(1);
      expect(keys).to.have.length(2);
      expect(new Set(keys).size, keys.join()).to.equal(1);
      expect(around.sent).to.deep.equal([]);
    });
});
