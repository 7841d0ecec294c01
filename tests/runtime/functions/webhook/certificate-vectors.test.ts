import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { amazonSns, event, payPal, type Signature } from "../../../../model/index.ts";
import { fakeDependencies } from "../../fakes/dependencies.ts";
import { accepted, headers, hook } from "./support.ts";

/** What AWS and PayPal signed themselves, with their certificates; `from` says where they publish it. */
interface Published {
  readonly sns: {
    readonly topic: string;
    readonly url: string;
    readonly certificate: string;
    readonly messages: readonly Readonly<Record<string, string>>[];
  };
  readonly payPal: Readonly<
    Record<"webhookId" | "transmissionId" | "time" | "signature" | "url" | "certificate" | "body", string>
  >;
}
const { sns, payPal: sale } = JSON.parse(
  readFileSync(new URL("./certificate-vectors.json", import.meta.url), "utf8"),
) as Published;

/** A webhook at the time of a vector. @param served by URL */
const open = (verify: Signature, current: string, at: string, served: Readonly<Record<string, string>>) => {
  const base = fakeDependencies({ flow: "payments", secrets: { [verify.secret]: "arn:secret" } });
  base.clock.time = Date.parse(at);
  const fetched: string[] = [];
  const fetch = (url: string) => {
    fetched.push(url);
    return Promise.resolve(new Response(served[url] ?? "<ok/>"));
  };
  const around = { ...base, services: { ...base.services, fetch } };
  return { ...hook(verify, event("Any", z.looseObject({})), { secret: { current }, around }), fetched };
};

describe("webhook / vectors of certificates", () => {
  for (const message of sns.messages) {
    const { Type: type = "", MessageId: id, SignatureVersion: version, Timestamp: at = "" } = message;
    const topic = () => open(amazonSns({ secret: "s" }), sns.topic, at, { [sns.url]: sns.certificate });
    it(`Amazon SNS, ${type} ${id}, version ${version}`, async () => {
      const fixture = topic();
      const answer = await fixture.post({ body: JSON.stringify(message) });
      expect([answer.statusCode, fixture.fetched[0]]).to.deep.equal([200, sns.url]);
      expect(fixture.bus.events).to.have.length(type === "Notification" ? 1 : 0);
      expect(fixture.fetched).to.have.length(type === "Notification" ? 1 : 2);
    });
    it(`Amazon SNS, ${type} ${id}: no field that is signed may change`, async () => {
      const fixture = topic();
      const signed = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token"];
      for (const name of signed.filter((field) => message[field] !== undefined)) {
        const changed = { ...message, [name]: name === "Timestamp" ? at.replace(/\d{3}Z/, "000Z") : `${message[name]}.` };
        expect((await fixture.post({ body: JSON.stringify(changed) })).statusCode, name).to.equal(401);
      }
      expect((await fixture.post({ body: JSON.stringify({ ...message, Subject: "added" }) })).statusCode).to.equal(401);
      expect(fixture.bus.events).to.deep.equal([]);
    });
  }

  const transmitted = (over: Readonly<Record<string, string>> = {}) =>
    headers({
      "PayPal-Transmission-Id": sale.transmissionId,
      "PayPal-Transmission-Time": sale.time,
      "PayPal-Transmission-Sig": sale.signature,
      "PayPal-Cert-Url": sale.url,
      "PayPal-Auth-Algo": "SHA256withRSA",
      ...over,
    });
  const paid = (webhookId = sale.webhookId) =>
    open(payPal({ secret: "s", sandbox: true }), webhookId, sale.time, { [sale.url]: sale.certificate });

  it("PayPal, a sale in its sandbox", async () => {
    const fixture = paid();
    accepted(await fixture.post({ ...transmitted(), body: sale.body }), 200);
    expect([fixture.fetched, fixture.bus.events.length]).to.deep.equal([[sale.url], 1]);
  });

  it("PayPal: neither another transmission, time, body nor webhook", async () => {
    const fixture = paid();
    for (const [what, call] of [
      ["another id", { ...transmitted({ "PayPal-Transmission-Id": sale.transmissionId.replace("d", "e") }), body: sale.body }],
      ["another time", { ...transmitted({ "PayPal-Transmission-Time": "2015-05-18T15:45:14Z" }), body: sale.body }],
      ["another body", { ...transmitted(), body: sale.body.replace("20.00", "10.00") }],
      ["a byte more", { ...transmitted(), body: `${sale.body}\n` }],
    ] as const)
      expect((await fixture.post(call)).statusCode, what).to.equal(401);
    expect((await paid("4JH86294D6297924H").post({ ...transmitted(), body: sale.body })).statusCode).to.equal(401);
    expect(fixture.bus.events).to.deep.equal([]);
  });
});
