import { expect } from "chai";
import { OPS_ROUTES, pathOf } from "../../protocol/routes.ts";
import type { Check } from "./check.ts";
import { accepted, type Hub } from "./hub.ts";
import { someCorrelationId, someOrder, somePayment } from "./samples.ts";

const FLOW = "order-to-erp";

/** Asserts a problem document with the status, and the header X-Request-ID. */
async function isProblem(answer: Response, status: number, what: string): Promise<{ readonly detail: string }> {
  expect(answer.status, what).to.equal(status);
  expect(answer.headers.get("content-type"), what).to.match(/^application\/problem\+json/);
  const problem = (await answer.json()) as { readonly status: number; readonly detail: string; readonly requestId: string };
  expect(problem.status, what).to.equal(status);
  expect(problem.requestId, what).to.be.a("string").and.not.equal("");
  expect(answer.headers.get("x-request-id"), what).to.equal(problem.requestId);
  return problem;
}

/** What the gateway answers by itself. */
export const TRIGGER_CHECKS: readonly Check[] = [
  {
    id: "accepted",
    what: "an accepted call gets 202, its ids in headers and body, and the URL of its status",
    flow: FLOW,
    settles: ["params-in-response-templates", "header-case", "tenant-in-templates"],
    async run(hub: Hub) {
      const correlationId = someCorrelationId();
      const answer = await hub.post("/orders", someOrder(), { "x-CORRELATION-id": correlationId });
      expect(answer.status).to.equal(202);
      const body = (await answer.json()) as Readonly<Record<string, string>>;
      expect(body).to.include({ correlationId, status: "accepted" });
      expect(answer.headers.get("x-request-id")).to.equal(body.requestId);
      expect(answer.headers.get("x-correlation-id")).to.equal(correlationId);
      await hub.reaches(body.requestId ?? "", "completed");
      const state = await hub.followed(body.statusUrl ?? "");
      expect(state.status).to.equal(200);
      expect(await state.json()).to.include({ requestId: body.requestId, status: "completed" });
    },
  },
  {
    id: "idempotency",
    what: "calls with one Idempotency-Key are one request, and a malformed key is refused",
    flow: FLOW,
    settles: ["override-once", "tenant-in-templates"],
    async run(hub: Hub) {
      const key = someCorrelationId();
      const order = someOrder();
      const first = await hub.begin("/orders", order, { "idempotency-key": key });
      expect(await hub.begin("/orders", order, { "Idempotency-Key": `"${key}"` })).to.equal(first);
      await isProblem(await hub.post("/orders", someOrder(), { "idempotency-key": "no key!" }), 400, "a malformed key");
      await hub.reaches(first, "completed");
    },
  },
  {
    id: "refusals",
    what: "each refusal of the gateway is a problem document with the right status",
    flow: FLOW,
    settles: ["gateway-responses", "passthrough-never"],
    async run(hub: Hub) {
      await isProblem(await hub.post("/orders", { orderId: "x" }), 400, "a body that breaks the schema");
      await isProblem(await hub.post("/orders", "{"), 400, "a body that is not JSON");
      const form = { "content-type": "application/x-www-form-urlencoded" };
      await isProblem(await hub.post("/orders", "orderId=1", form), 415, "another content type");
      await isProblem(await hub.post("/orders", someOrder(), { "x-api-key": "no-such-key-no-such-key" }), 401, "a wrong key");
      await isProblem(await hub.get("/no-such-route"), 404, "an unknown route");
      await isProblem(await hub.get("/requests/no-such-request"), 404, "an unknown request");
      await isProblem(await hub.get(pathOf(OPS_ROUTES.listDeadLetters)), 403, "a caller that is no operator");
    },
  },
  {
    id: "unfit-body",
    what: "a body that no event can carry is refused with 400",
    flow: FLOW,
    settles: ["malformed-detail"],
    async run(hub: Hub) {
      const { detail } = await isProblem(await hub.post("/orders", someOrder({ note: "\ufffe" })), 400, "U+FFFE");
      expect(detail).to.include("no event can carry");
    },
  },
  {
    id: "large-body",
    what: "a body beyond the limit is refused with 413",
    flow: FLOW,
    settles: ["waf-body-size"],
    async run(hub: Hub) {
      const answer = await hub.post("/orders", someOrder({ note: "x".repeat(300_000) }));
      expect(answer.status).to.equal(413);
      expect((await answer.json()) as object).to.include({ status: 413 });
    },
  },
  {
    id: "text-survives",
    what: "quotes, line breaks, Unicode and what looks like a template reach the third party unchanged",
    flow: FLOW,
    sandbox: true,
    settles: ["escape-in-templates"],
    async run(hub: Hub) {
      const correlationId = someCorrelationId();
      const sku = `O'Brien "&" \\ ${"$"}{x} #set($a=1) 日本`;
      const lines = [{ sku, quantity: 1, unitCents: 100 }];
      await hub.reaches(await hub.begin("/orders", someOrder({ lines }), { "x-correlation-id": correlationId }), "completed");
      const [call] = (await hub.calls(correlationId)).filter(({ operation }) => operation === "registerOrder");
      expect((call?.body as { readonly lines?: unknown } | undefined)?.lines).to.deep.equal(lines);
    },
  },
  {
    id: "trace",
    what: "a call with a trace header is accepted, and its request completes",
    flow: FLOW,
    settles: ["trace-header"],
    async run(hub: Hub) {
      const trace = { "x-amzn-trace-id": "Root=1-6750e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1" };
      await hub.reaches(await hub.begin("/orders", someOrder(), trace), "completed");
    },
  },
  {
    id: "webhook",
    what: "a signed notification is accepted, its duplicate gets the same answer, and a forged one 401",
    flow: "payment-notifications",
    settles: ["raw-body-of-webhooks"],
    async run(hub: Hub) {
      const payment = somePayment({ note: "é 日本" });
      const first = await accepted(await hub.notify(payment));
      expect(await accepted(await hub.notify(payment))).to.equal(first);
      await isProblem(await hub.notify(payment, true), 401, "a wrong signature");
      await hub.reaches(first, "completed");
    },
  },
  {
    id: "webhook-behind-firewall",
    what: "the firewall lets a signed notification pass that looks like an attack",
    flow: "payment-notifications",
    settles: ["waf-bodies-of-webhooks"],
    run: async (hub: Hub) => {
      const note = `<script>alert(1)</script> ../../etc/passwd http://127.0.0.1/`;
      await hub.reaches(await accepted(await hub.notify(somePayment({ note }))), "completed");
    },
  },
];
