import { expect } from "chai";
import type { Check } from "./check.ts";
import type { Hub } from "./hub.ts";
import { someCorrelationId, someFulfilment, someOrder, someParcel } from "./samples.ts";

/** What happens to a request behind the gateway. */
export const FLOW_CHECKS: readonly Check[] = [
  {
    id: "join",
    what: "two steps run in parallel, and the step that joins them calls the third party once",
    flow: "order-to-erp",
    sandbox: true,
    settles: ["leading-keys", "own-client", "rule-to-queue"],
    async run(hub: Hub) {
      const correlationId = someCorrelationId();
      const requestId = await hub.begin("/orders", someOrder(), { "x-correlation-id": correlationId });
      const { steps, events } = await hub.reaches(requestId, "completed");
      expect(steps.map(({ step, status }) => [step, status])).to.have.deep.members(
        ["validate", "applyRules", "enrich", "register"].map((step) => [step, "succeeded"]),
      );
      expect(events.map(({ name }) => name)).to.include.members(["RuleApplied", "DataEnriched", "OrderRegistered"]);
      const calls = (await hub.calls(correlationId)).filter(({ operation }) => operation === "registerOrder");
      expect(calls.map(({ status }) => status)).to.deep.equal([200]);
    },
  },
  {
    id: "saga",
    what: "a request that fails is compensated in reverse order",
    flow: "order-fulfilment",
    sandbox: true,
    settles: ["put-events-conditions"],
    async run(hub: Hub) {
      const correlationId = someCorrelationId();
      const headers = { "x-correlation-id": correlationId };
      await hub.reaches(await hub.begin("/fulfilments", someFulfilment("2029-01-01"), headers), "compensated");
      const done = (await hub.calls(correlationId)).filter(({ status }) => status !== null && status < 300);
      expect(done.map(({ operation }) => operation)).to.deep.equal(["reserve", "charge", "ship", "cancel", "refund", "release"]);
    },
  },
  {
    id: "retries",
    what: "a step backs off while its third party fails, and completes afterwards",
    flow: "order-to-erp",
    sandbox: true,
    settles: ["visibility-as-backoff"],
    async run(hub: Hub) {
      await hub.fault({ target: "erp", operation: "registerOrder", mode: "error", status: 500, times: 2 });
      const { steps } = await hub.reaches(await hub.begin("/orders", someOrder()), "completed");
      expect(steps.find(({ step }) => step === "register")).to.include({ status: "succeeded", attempts: 3 });
    },
  },
  {
    id: "synchronous",
    what: "a synchronous route answers, names a wrong parameter, and its request completes",
    flow: "freight-quote",
    sandbox: true,
    settles: ["permission-of-alias", "cache-key"],
    async run(hub: Hub) {
      const answer = await hub.get(`/freight-quotes?${someParcel()}`);
      expect(answer.status).to.equal(200);
      expect(await answer.json()).to.include({ carrier: "swift", cents: 1_490 });
      await hub.reaches(answer.headers.get("x-request-id") ?? "", "completed");
      const wrong = await hub.get("/freight-quotes?country=PT&postcode=1&weightGrams=heavy");
      expect(wrong.status).to.equal(400);
      expect(((await wrong.json()) as { readonly detail: string }).detail).to.include("weightGrams");
    },
  },
  {
    id: "dead-letter",
    what: "a message that fails becomes a dead letter, its request is blocked, and a redrive completes it",
    flow: "order-to-erp",
    sandbox: true,
    settles: ["queue-policy-of-recorder", "queue-policy-of-redrivers", "leading-keys", "own-client"],
    async run(hub: Hub) {
      await hub.fault({ target: "customers", operation: "find", mode: "error", status: 404, times: 1 });
      const requestId = await hub.begin("/orders", someOrder());
      await hub.reaches(requestId, "blocked");
      const { id, step } = await hub.deadLetterOf(requestId);
      expect(step).to.equal("enrich");
      await hub.decide("redrive", id);
      await hub.reaches(requestId, "completed");
    },
  },
  {
    id: "alarm",
    what: "an alarm fires when a dead letter is recorded",
    flow: "order-to-erp",
    settles: ["metrics-of-log-lines"],
    async run(hub: Hub) {
      const twice = { sku: "coffee", quantity: 1, unitCents: 100 };
      const requestId = await hub.begin("/orders", someOrder({ lines: [twice, twice] }));
      const { id, errorCode } = await hub.deadLetterOf(requestId);
      try {
        expect(errorCode).to.equal("DUPLICATE_SKU");
        await hub.fires("order-to-erp-dead-letters-recorded");
      } finally {
        await hub.decide("discard", id);
      }
      await hub.reaches(requestId, "failed");
    },
  },
];
