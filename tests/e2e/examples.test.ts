import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Denial } from "../../emulator/aws.ts";
import { eventually } from "./client.ts";
import { hubOf, withoutStatement } from "./copy.ts";
import { operatorOf } from "./operator.ts";
import { ROOT, requestOf } from "./support.ts";

describe("end to end / examples", function () {
  this.timeout(300_000);
  const denials: Denial[] = [];
  const here = hubOf(
    [
      "examples/stripe-charges",
      "examples/github-to-slack",
      "examples/bank-transfers",
      "examples/large-orders",
      "examples/order-statistics",
      "examples/order-lines",
      "examples/vat-numbers",
      "examples/supplier-stock",
    ],
    { onDenied: (denial) => denials.push(denial) },
  );
  const begin = async (path: string, body: unknown) => requestOf(await here.client.post(path, body));
  const hook = (name: string, body: unknown) =>
    fetch(`${here.client.sandboxUrl}/_webhooks/${name}`, { method: "POST", body: JSON.stringify(body) });
  const eventNames = (request: { readonly events: readonly { readonly name: string }[] }) =>
    request.events.map(({ name }) => name);

  it("start no function for an event that a filter leaves out, and complete its request", async () => {
    const order = { orderId: "o-1", totalCents: 100_000, country: "BR" };
    const completes = async (body: object, steps: readonly string[]) => {
      const requestId = await begin("/placed-orders", body);
      await eventually(`the request completes by the steps ${steps.join(", ")} alone`, async () => {
        const found = await here.client.request(requestId);
        const ran = found?.status === "completed" && found.steps.map(({ step, status }) => `${step} ${status}`).sort();
        return ran && isDeepStrictEqual(ran, steps) ? found : undefined;
      });
    };
    await completes(order, ["announce succeeded", "welcome succeeded"]);
    await completes({ ...order, totalCents: 99_999 }, ["welcome succeeded"]);
    await completes({ ...order, country: "US" }, []);
    expect(await here.client.calls("?target=sales-chat")).to.have.lengthOf(1);
  });

  it("shows the request that an imported event opens on the one that published it, and the other way round", async () => {
    const requestId = await begin("/placed-orders", { orderId: "o-2", totalCents: 500, country: "US" });
    const child = { requestId: `${requestId}.order-statistics`, flow: "order-statistics", status: "completed" };
    await here.client.reaches(child.requestId, "completed");
    await here.client.reaches(requestId, "completed");
    const shown = async (id: string) => (await (await here.client.get(`/requests/${id}`)).json()) as Record<string, unknown>;
    expect((await shown(requestId)).children).to.deep.equal([child]);
    expect(await shown(child.requestId))
      .to.have.property("parent")
      .that.deep.equals({ requestId, flow: "large-orders", status: "completed" });
    expect((await shown(child.requestId)).correlationId).to.equal(requestId);
  });

  it("run a step once when all lines of an order are booked, and show how many are while it waits", async () => {
    const lines = Array.from({ length: 12 }, (_, n) => ({ sku: `S-${n}`, quantity: 1 }));
    const complete = await begin("/line-orders", { orderId: "o-1", lines });
    const { steps } = await here.client.reaches(complete, "completed");
    expect(steps.filter(({ step }) => step === "confirm").map(({ status }) => status)).to.deep.equal(["succeeded"]);

    await here.client.fault({ target: "stock", mode: "error", status: 422, times: 3 });
    const waiting = await begin("/line-orders", { orderId: "o-2", lines });
    const blocked = await eventually("three lines are refused, and the others are booked", async () => {
      const found = await here.client.request(waiting);
      return found?.steps.some(({ progress }) => progress?.came === 9) ? found : undefined;
    });
    expect(blocked.steps.find(({ step }) => step === "confirm")).to.deep.include({
      status: "waiting",
      progress: { came: 9, of: 12 },
    });
  });

  it("answer a caller who waits, without a step, and refuse with the code that the handler gives", async () => {
    const ask = (vatNumber: string) => here.client.get(`/vat-numbers/${vatNumber}`);
    const answered = await ask("PT502011378");
    expect([answered.status, await answered.json()]).to.deep.equal([200, { registered: true, name: "Acme Lda" }]);
    const { events, steps } = await here.client.reaches(answered.headers.get("x-request-id") ?? "", "completed");
    expect([eventNames({ events }), steps]).to.deep.equal([["VatNumberAnswered"], []]);

    await here.client.fault({ target: "vat-registry", mode: "error", status: 404, times: 1 });
    const refused = await ask("PT502011379");
    const requestId = refused.headers.get("x-request-id");
    expect(refused.headers.get("content-type")).to.equal("application/problem+json");
    expect(await refused.json()).to.deep.equal({
      ...{ type: "about:blank", title: "Unprocessable Content", status: 422, requestId },
      ...{ detail: "PT502011379 is not registered", code: "NOT_REGISTERED" },
    });
  });

  it("poll a third party page by page, and make a request of each item", async () => {
    const operator = operatorOf(here.hub);
    const run = await operator.post("/ops/triggers/run", { flow: "supplier-stock", trigger: "changes", reason: "a test" });
    expect(run.status).to.equal(202);
    const requests = await eventually("three requests are completed", async () => {
      const { requests } = (await (await here.client.get("/requests?flow=supplier-stock&status=completed")).json()) as {
        requests: readonly object[];
      };
      return requests.length === 3 ? requests : undefined;
    });
    expect(requests).to.have.length(3);
    const pages = await here.client.calls("?target=supplier");
    expect(pages.slice(0, 3).map(({ path }) => path)).to.deep.equal(
      [0, 1, 2].map((after) => `/supplier/stock/changes?after=${after}`),
    );
  });

  it("need the right to read what a counted join has collected: without it the join waits, and with it it completes", async () => {
    const recording = await here.program.recording();
    denials.length = 0;
    await here.hub.apply(withoutStatement(recording, "order-lines-confirm-policy", "Counted"));
    const requestId = await begin("/line-orders", { orderId: "o-3", lines: [{ sku: "S-1", quantity: 1 }] });
    await eventually("the query is denied", () => denials.find(({ action }) => action === "dynamodb:Query"));
    expect((await here.client.request(requestId))?.status).not.to.equal("completed");
    await here.hub.apply(recording);
    await here.client.reaches(requestId, "completed");
  });

  it("are under 80 lines each, and those of one feature at most 40", () => {
    const lines = readdirSync(join(ROOT, "examples"))
      .filter((name) => name.endsWith(".ts"))
      .map(
        (name) =>
          [
            name,
            readFileSync(join(ROOT, "examples", name), "utf8")
              .trimEnd()
              .split("\n").length,
          ] as const,
      );
    expect(lines).to.have.length(9);
    expect(lines.filter(([, count]) => count >= 80)).to.deep.equal([]);
    const short = ["large-orders", "order-lines", "order-statistics", "supplier-stock", "vat-numbers"].map(
      (name) => `${name}.ts`,
    );
    expect(lines.filter(([name, count]) => count > 40 === short.includes(name))).to.deep.equal([]);
  });

  it("Stripe: a form with its version and idempotency key; a declined card is an answer", async () => {
    const charge = { orderId: "O-1", amount: 500, currency: "eur", payment_method: "pm_card_visa" };
    const charged = await here.client.reaches(await begin("/charges", charge), "completed", 90_000);
    expect(eventNames(charged)).to.include("ChargeStarted");
    const [made] = await here.client.calls("?target=stripe&operation=createPayment");
    expect(made?.headers).to.include({
      "stripe-version": "2026-01-28.clover",
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(made?.headers["idempotency-key"]).to.match(/^[0-9a-f]{32}$/);
    expect([...new URLSearchParams(String(made?.body))]).to.deep.include(["metadata[orderId]", "O-1"]);
    await here.client.fault({ target: "stripe", operation: "createPayment", mode: "error", status: 402, times: 1 });
    const declined = await here.client.reaches(await begin("/charges", { ...charge, orderId: "O-2" }), "completed", 90_000);
    expect(eventNames(declined)).to.include("ChargeDeclined");
  });

  it("Stripe: several types of events on one webhook, and 2xx for others", async () => {
    const data = { object: { id: "pi_1", amount: 500 } };
    for (const type of ["payment_intent.succeeded", "payment_intent.payment_failed", "customer.created"]) {
      const answer = await hook("stripe-charges/stripe", { id: `evt_${type}`, type, data });
      expect(answer.status).to.be.within(200, 299);
    }
  });

  it("GitHub to Slack: each page of the commits", async () => {
    const repository = { name: "hub", owner: { login: "acme" } };
    expect(
      (await hook("github-to-slack/push", { ref: "refs/heads/main", before: "a1", after: "b2", repository })).status,
    ).to.equal(202);
    const posted = await eventually(
      "the commits are in the channel",
      async () => (await here.client.calls("?target=slack"))[0],
      90_000,
    );
    expect((posted.body as { text: string }).text).to.equal(
      "acme/hub refs/heads/main\n0123456 Mend the door\n0123456 Mend the door",
    );
    const pages = await here.client.calls("?target=github");
    expect(pages.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(pages[0]?.headers).to.include({ "x-github-api-version": "2022-11-28" }).and.not.have.property("idempotency-key");
  });

  it("a bank's SOAP service over mutual TLS; a fault is an answer", async () => {
    const transfer = { reference: "T-1", iban: "PT50000201231234567890154", amount: "12.50", name: "Ana & Co" };
    const booked = await here.client.reaches(await begin("/transfers", transfer), "completed", 90_000);
    expect(eventNames(booked)).to.include("TransferBooked");
    const [made] = await here.client.calls("?target=bank");
    expect(made?.body).to.include('<b:Transfer reference="T-1">').and.include("Ana &amp; Co");
    expect(made?.headers).to.have.property("x-request-id");
    await here.client.fault({ target: "bank", mode: "error", status: 500, times: 1 });
    const failing = await begin("/transfers", { ...transfer, reference: "T-2" });
    const { steps } = await here.client.reaches(failing, "completed", 90_000);
    expect(steps[0]?.attempts).to.be.greaterThan(1);
  });
});
