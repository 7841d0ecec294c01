import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, hmac, int64, shopify, slack } from "../../../../model/index.ts";
import { accepted, headers, hook, NOW } from "./support.ts";

const KEY = "k";
const mac = (text: string, encoding: "hex" | "base64" = "hex") => createHmac("sha256", KEY).update(text).digest(encoding);
const signed = (body: string) => ({ ...headers({ "x-mac": mac(body) }), body });
const secret = { current: KEY };
const Any = event("Any", z.looseObject({}));

describe("webhook / digits of numbers", () => {
  const ids: readonly (readonly [what: string, bodies: readonly string[]])[] = [
    ["64-bit ids", [2, 3, 4].map((last) => `{"id":115292150615167904${last},"what":"paid"}`)],
    ["times of nanoseconds", ['{"id":1732444800.123456781}', '{"id":1732444800.123456782}']],
    ["ids of a list's length", ['{"id":123456789012345678901234567890}', '{"id":123456789012345678901234567891}']],
  ];
  for (const [what, bodies] of ids)
    it(`${what} that a double would round are different deliveries`, async () => {
      const fixture = hook(hmac({ secret: "s", header: "x-mac", deliveryId: ["body:id"] }), Any, { secret });
      const requests = new Set<string>();
      for (const body of bodies) requests.add(accepted(await fixture.post(signed(body))));
      expect(requests.size).to.equal(bodies.length);
      expect(fixture.bus.events).to.have.length(bodies.length);
      expect(accepted(await fixture.post(signed(bodies[0] ?? "")))).to.equal([...requests][0]);
      expect(fixture.bus.events).to.have.length(bodies.length);
    });

  it("an id within a form's payload counts too", async () => {
    const verify = slack({ secret: "s", body: "form-payload", deliveryId: ["body:action.id"] });
    const fixture = hook(verify, Any, { secret });
    const press = async (id: string) => {
      const body = new URLSearchParams({ payload: `{"action":{"id":${id}}}` }).toString();
      const sent = { "x-slack-request-timestamp": String(NOW), "x-slack-signature": `v0=${mac(`v0:${NOW}:${body}`)}` };
      return accepted(await fixture.post({ ...headers(sent), body }), 200);
    };
    expect(await press("1152921506151679042")).not.to.equal(await press("1152921506151679043"));
    expect(fixture.bus.events.map(({ detail }) => detail.data)).to.deep.equal([
      { action: { id: "1152921506151679042" } },
      { action: { id: "1152921506151679043" } },
    ]);
  });

  const order = (schema: z.ZodObject) => {
    const fixture = hook(shopify({ secret: "s" }), event("OrderPaid", schema), { secret });
    let sent = 0;
    const post = (body: string) =>
      fixture.post({
        ...headers({ "x-shopify-hmac-sha256": mac(body, "base64"), "x-shopify-webhook-id": String(++sent) }),
        body,
      });
    return { fixture, post };
  };

  it("int64() gives the digits that came, of large and of small numbers", async () => {
    const { fixture, post } = order(z.object({ id: int64(), email: z.string() }));
    for (const id of ["820982911946154508", "7", '"9007199254740993"'])
      accepted(await post(`{"id":${id},"email":"a@example.com"}`));
    expect(fixture.bus.events.map(({ detail }) => (detail.data as { id: unknown }).id)).to.deep.equal([
      "820982911946154508",
      "7",
      "9007199254740993",
    ]);
  });

  it("a field that is declared as a number is refused with the remedy", async () => {
    for (const schema of [z.object({ id: z.int() }), z.object({ id: z.number() })]) {
      const { fixture, post } = order(schema);
      const answer = await post('{"id":820982911946154508}');
      expect(answer.statusCode).to.equal(400);
      expect(answer.body).to.contain("820982911946154508").and.contain("int64()");
      expect(fixture.bus.entries).to.deep.equal([]);
    }
  });

  it("a number beyond 1.8e308 is 400, wherever it stands", async () => {
    for (const [schema, body] of [
      [z.object({ n: z.number() }), '{"n":1e400}'],
      [z.looseObject({}), '{"list":[{"deep":-1e999}]}'],
    ] as const) {
      const fixture = hook(hmac({ secret: "s", header: "x-mac" }), event("Any", schema), { secret });
      const answer = await fixture.post(signed(body));
      expect(answer.statusCode).to.equal(400);
      expect(answer.body).to.contain("1.8e308");
      expect(fixture.bus.entries).to.deep.equal([]);
    }
  });
});
