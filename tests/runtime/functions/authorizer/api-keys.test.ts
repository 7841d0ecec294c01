import { expect } from "chai";
import { describe, it } from "mocha";
import { authorizer, consumers, freezeDate, KEYS } from "./fixture.ts";

describe("authorizer / API keys", () => {
  freezeDate();

  it("identifies the consumer of a key, and permits the called route only", async () => {
    const fixture = authorizer();
    expect(await fixture.call({ key: KEYS.web })).to.deep.equal({
      principalId: "web",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "execute-api:Invoke",
            Resource: [`${fixture.API}/POST/orders`, `${fixture.API}/POST/orders/`],
          },
        ],
      },
      context: { tenant: "shop", consumer: "web", operator: "false" },
      usageIdentifierKey: KEYS.web,
    });
    expect((await fixture.call({ key: KEYS.batch })).context).to.deep.equal({
      tenant: "batch",
      consumer: "batch",
      operator: "true",
      role: "admin",
    });
  });

  it("permits both kinds of caller on the routes for requests and dead letters, with any path parameters", async () => {
    const fixture = authorizer();
    for (const by of [{ key: KEYS.web }, { token: fixture.issuer.token() }]) {
      const result = await fixture.call({ ...by, route: "GET /requests/{requestId}", path: "/requests/r-1/../../orders" });
      expect(result.policyDocument.Statement[0]).to.deep.include({
        Effect: "Allow",
        Resource: [`${fixture.API}/GET/requests/*`, `${fixture.API}/GET/requests/*/`],
      });
      expect(await fixture.outcome({ ...by, route: "GET /requests" })).to.equal("Allow");
      expect(await fixture.outcome({ ...by, route: "POST /ops/replays" })).to.equal("Allow");
    }
    expect(await fixture.outcome({ route: "GET /requests" })).to.equal("Unauthorized NO_CREDENTIALS");
  });

  for (const [what, asked, outcome] of [
    ["an unknown key", { key: "nope" }, "Unauthorized KEY_UNKNOWN"],
    ["part of a key", { key: KEYS.web.slice(0, -1) }, "Unauthorized KEY_UNKNOWN"],
    ["a key with a suffix", { key: `${KEYS.web}x` }, "Unauthorized KEY_UNKNOWN"],
    ["a consumer's name", { key: "web" }, "Unauthorized KEY_UNKNOWN"],
    ["an empty key", { key: "" }, "Unauthorized NO_CREDENTIALS"],
    ["a huge key", { key: "k".repeat(100_000) }, "Unauthorized KEY_UNKNOWN"],
    ["two keys", { key: [KEYS.web, KEYS.web] }, "Unauthorized DOUBLED_CREDENTIALS"],
    ["two keys, the first one wrong", { key: ["nope", KEYS.web] }, "Unauthorized DOUBLED_CREDENTIALS"],
    ["no key", { route: "POST /orders" }, "Unauthorized NO_CREDENTIALS"],
    ["a key as a token", { authorization: `Bearer ${KEYS.web}`, route: "POST /orders" }, "Unauthorized NO_CREDENTIALS"],
    ["a key where a token is asked for", { key: KEYS.web, route: "POST /plain" }, "Unauthorized NO_CREDENTIALS"],
    ["an undeclared route", { key: KEYS.web, route: "POST /elsewhere" }, "Deny ROUTE_UNKNOWN"],
    ["a name that every object has", { key: "constructor" }, "Unauthorized KEY_UNKNOWN"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await authorizer().outcome(asked)).to.equal(outcome);
    });
  }

  it("looks a key that it does not know up anew, but not for each caller", async () => {
    const fixture = authorizer();
    expect(await fixture.outcome({ key: "made-just-now" })).to.equal("Unauthorized KEY_UNKNOWN");
    fixture.secrets.set("arn:keys", consumers({ ...KEYS, batch: "made-just-now" }));
    expect(await fixture.outcome({ key: "made-just-now" }), "too soon").to.equal("Unauthorized KEY_UNKNOWN");
    expect(fixture.secretReads).to.have.length(1);
    fixture.clock.advance(10_001);
    expect(await fixture.outcome({ key: "made-just-now" })).to.equal("Allow");
    for (let i = 0; i < 50; i += 1) await fixture.outcome({ key: `guess ${i}` });
    expect(fixture.secretReads).to.have.length(2);
  });

  it("forgets a key that was taken away, within five minutes", async () => {
    const fixture = authorizer();
    await fixture.call({ key: KEYS.batch });
    fixture.secrets.set("arn:keys", consumers({ web: KEYS.web }));
    fixture.clock.advance(300_001);
    expect(await fixture.outcome({ key: KEYS.batch })).to.equal("Unauthorized KEY_UNKNOWN");
  });

  it("takes on a rule that a deployment has changed, within a minute", async () => {
    const fixture = authorizer();
    expect(await fixture.outcome({ key: KEYS.web })).to.equal("Allow");
    fixture.table.items.delete("route#POST /orders|auth");
    expect(await fixture.outcome({ key: KEYS.web })).to.equal("Allow");
    fixture.clock.advance(60_001);
    expect(await fixture.outcome({ key: KEYS.web })).to.equal("Deny ROUTE_UNKNOWN");
  });

  it("admits no caller by a malformed rule", async () => {
    for (const auth of ['{"kind":"none"}', '{"kind":"jwt"}', "{}", '{"kind":"jwt","scopes":"all"}']) {
      const fixture = authorizer();
      fixture.table.items.set("route#POST /orders|auth", { pk: "route#POST /orders", sk: "auth", auth });
      expect(await fixture.outcome({ key: KEYS.web })).to.equal("Deny ROUTE_UNKNOWN");
    }
  });

  it("fails, and does not refuse, while the keys can't be read", async () => {
    const fixture = authorizer();
    fixture.secrets.delete("arn:keys");
    expect(await fixture.outcome({ key: KEYS.web })).to.match(/^the secret consumers can't be read .* SECRET_UNAVAILABLE$/);
  });

  it("fails, and quotes nothing of the secret, when it is malformed", async () => {
    for (const web of [
      "hush",
      "{}",
      '{"key":"","tenant":"a","operator":false,"clients":["a"]}',
      '{"key":"k","tenant":"a","operator":"true"}',
      '{"key":"k","tenant":"a","operator":false,"role":"root","clients":["a"]}',
    ]) {
      const fixture = authorizer();
      fixture.secrets.set("arn:keys", JSON.stringify({ web }));
      expect(await fixture.outcome({ key: "k" })).to.match(/^the secret of consumers is malformed for web/);
      expect(JSON.stringify(fixture.lines)).not.to.include("hush");
    }
  });

  it("logs no key and no token of any caller", async () => {
    const fixture = authorizer();
    const sent = [
      KEYS.web,
      "wrong-key-hush",
      fixture.issuer.token(),
      fixture.issuer.token({ aud: "x" }),
      `${fixture.issuer.token()}x`,
    ];
    for (const text of sent) {
      await fixture.outcome({ key: text });
      await fixture.outcome({ token: text });
      await fixture.outcome({ authorization: text });
    }
    fixture.secrets.delete("arn:keys");
    fixture.clock.advance(400_000);
    await fixture.outcome({ key: KEYS.web });
    const log = JSON.stringify(fixture.lines);
    expect(fixture.lines.length).to.be.greaterThan(10);
    for (const text of sent) {
      expect(log).not.to.include(text);
      expect(log).not.to.include(text.split(".")[1] ?? text);
    }
  });

  it("reports until when the flow of a route is behind, to callers that it permits, and only on routes of that flow", async () => {
    const fixture = authorizer();
    const until = (ms: number) =>
      fixture.table.put({ pk: "admission#orders", sk: "record", closedUntil: fixture.clock.now() + ms });
    await until(90_000);
    const rule = { kind: "api-key", admission: "orders" };
    fixture.table.items.set("route#POST /work|auth", { pk: "route#POST /work", sk: "auth", auth: JSON.stringify(rule) });
    const retryAfter = async (key: string, route: string) => (await fixture.call({ key, route })).context.retryAfter;
    expect(await retryAfter(KEYS.web, "POST /work")).to.equal("90");
    expect(await retryAfter(KEYS.web, "POST /orders")).to.equal(undefined);
    expect(await fixture.outcome({ key: "nope", route: "POST /work" })).to.equal("Unauthorized KEY_UNKNOWN");
    fixture.clock.advance(90_000);
    expect(await retryAfter(KEYS.web, "POST /work")).to.equal(undefined);
  });
});
