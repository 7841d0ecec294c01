import { createHmac } from "node:crypto";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { LocalHub } from "../../local/hub.ts";
import { type Client, eventually } from "./client.ts";
import { hubHere, somePayment } from "./support.ts";

describe("end to end / payment-notifications", function () {
  this.timeout(300_000);
  let hub: LocalHub;
  let client: Client;
  let stop: () => Promise<void>;
  before(async () => {
    ({ hub, client, stop } = await hubHere());
  });
  after(() => stop?.());

  const receipts = async (paymentId: string) =>
    (await client.calls("?target=erp&operation=registerPayment")).filter(
      ({ body }) => (body as { reference: string }).reference === paymentId,
    );
  const untilReceipt = (paymentId: string) =>
    eventually(`the ERP has payment ${paymentId}`, async () => {
      const found = await receipts(paymentId);
      return found.some(({ status }) => status === 200) ? found : undefined;
    });
  const secret = () => {
    const { outputs } =
      hub.recording.resources.find(
        ({ type, outputs }) => type === "aws:secretsmanager/secret:Secret" && String(outputs.name).endsWith("stripe/webhook"),
      ) ?? expect.fail("no secret");
    return (JSON.parse(hub.services.secrets.value(String(outputs.arn)) ?? "") as { current: string }).current;
  };
  /** Posts a notification as Stripe does, with a given signature. */
  const hook = (body: string, signature: string) =>
    fetch(`${client.url}/hooks/stripe`, {
      method: "POST",
      headers: { "content-type": "application/json", "stripe-signature": signature },
      body,
    });
  const signed = (body: string, key: string, time = Math.floor(Date.now() / 1_000)) =>
    `t=${time},v1=${createHmac("sha256", key).update(`${time}.${body}`).digest("hex")}`;

  it("registers a signed notification in the ERP once", async () => {
    const payment = somePayment();
    const answer = await client.webhook(payment, { "x-correlation-id": "pay-1" });
    expect(answer.status).to.equal(202);
    const { requestId, correlationId } = (await answer.json()) as Record<string, string>;
    expect(correlationId).to.equal("pay-1");
    const { paymentId, orderId, cents, currency } = {
      paymentId: payment.data.object.id,
      orderId: "O-1",
      cents: 4_200,
      currency: "eur",
    };
    const [call, ...others] = await untilReceipt(paymentId);
    expect(others).to.deep.equal([]);
    expect(call?.body).to.deep.equal({ reference: paymentId, orderId, cents, currency });
    expect(call?.headers["x-correlation-id"]).to.equal("pay-1");
    expect(requestId).to.be.a("string");
  });

  it("treats a notification that is sent again with a new signature as a duplicate: the same answer, one receipt", async () => {
    const payment = somePayment();
    const body = JSON.stringify(payment);
    const now = Math.floor(Date.now() / 1_000);
    // Sends again after 503, as Stripe does: a delivery that runs into its duplicate gets 503.
    const send = (late: number) =>
      eventually("it is accepted", async () => {
        const answer = await hook(body, signed(body, secret(), now - late));
        return answer.status === 503 ? undefined : answer;
      });
    const answers = await Promise.all([0, 1, 2].map(send));
    await untilReceipt(payment.data.object.id);
    answers.push(await send(3), await client.webhook(payment));
    const responses = await Promise.all(answers.map(async (answer) => [answer.status, await answer.text()]));
    expect(new Set(responses.map((response) => JSON.stringify(response))).size).to.equal(1);
    expect(responses[0]?.[0]).to.equal(202);
    // A later notification is complete.
    const later = somePayment();
    await client.webhook(later);
    await untilReceipt(later.data.object.id);
    expect(await receipts(payment.data.object.id)).to.have.length(1);
  });

  it("loses no notification while the bus refuses events: 503, and the next call is accepted", async () => {
    const payment = somePayment();
    const body = JSON.stringify(payment);
    hub.services.aws.setFault("AWSEvents", { mode: "fail-entries" });
    const refused = await hook(body, signed(body, secret())).finally(() => hub.services.aws.setFault("AWSEvents", undefined));
    expect([refused.status, refused.headers.get("retry-after")]).to.deep.equal([503, "5"]);
    expect((await hook(body, signed(body, secret()))).status).to.equal(202);
    expect(await untilReceipt(payment.data.object.id)).to.have.length(1);
  });

  for (const [what, signature] of [
    ["a wrong key", (body: string) => signed(body, "another-key")],
    ["another body", () => signed("{}", secret())],
    ["an old timestamp", (body: string) => signed(body, secret(), Math.floor(Date.now() / 1_000) - 3_600)],
    ["no form", () => "v1=abc"],
    ["nothing", () => ""],
  ] as const) {
    it(`refuses a notification signed with ${what}: 401, and the ERP is not called`, async () => {
      const payment = somePayment();
      const body = JSON.stringify(payment);
      expect((await hook(body, signature(body))).status).to.equal(401);
      // A notification that was accepted later is complete, so the refused one would be complete too.
      const later = somePayment();
      expect((await hook(JSON.stringify(later), signed(JSON.stringify(later), secret()))).status).to.equal(202);
      await untilReceipt(later.data.object.id);
      expect(await receipts(payment.data.object.id)).to.deep.equal([]);
    });
  }

  it("accepts notifications of other types, which end at the webhook", async () => {
    const others = [
      {
        id: "evt_1",
        type: "customer.created",
        data: { object: { id: "cus_1", object: "customer", currency: null, metadata: {} } },
      },
      {
        id: "evt_2",
        type: "invoice.upcoming",
        data: { object: { object: "invoice", amount_due: 1, currency: "usd", metadata: {} } },
      },
      {
        id: "evt_3",
        type: "balance.available",
        data: { object: { object: "balance", available: [{ amount: 1, currency: "usd" }] } },
      },
      { id: "evt_4", type: "payment_method.attached", data: { object: [] } },
    ];
    for (const notification of others) {
      const body = JSON.stringify(notification);
      const answer = await hook(body, signed(body, secret()));
      expect([answer.status, await answer.json()]).to.deep.equal([202, { status: "ignored" }]);
    }
  });

  it("refuses a signed body that does not match the event's schema: 400", async () => {
    const body = JSON.stringify({ id: "evt", type: "payment_intent.succeeded" });
    expect((await hook(body, signed(body, secret()))).status).to.equal(400);
  });
});
