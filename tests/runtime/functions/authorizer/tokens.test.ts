import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { expect } from "chai";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { authorizer, freezeDate, KEYS, NOW } from "./fixture.ts";
import { ISSUER, Issuer } from "./issuer.ts";

const b64 = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const now = () => Math.floor(NOW / 1_000);
const SCOPED = { route: "POST /refunds" };

describe("authorizer / tokens", () => {
  freezeDate();

  it("lets a sound token in, for the consumer and the usage plan of its client", async () => {
    const fixture = authorizer();
    const found = await fixture.call({ token: fixture.issuer.token({ client_id: "0oa1-web" }) });
    expect(found.context).to.deep.equal({ tenant: "shop", consumer: "web", operator: "false" });
    expect(found).to.include({ principalId: "web", usageIdentifierKey: KEYS.web });
    expect(found.policyDocument.Statement[0]).to.deep.include({
      Effect: "Allow",
      Resource: [`${fixture.API}/POST/plain`, `${fixture.API}/POST/plain/`],
    });
  });

  for (const [what, claims] of [
    ["as one text", { scope: "a refunds:read refunds:write" }],
    ["as a list", { scope: ["refunds:write", "refunds:read"] }],
    ["as a list of texts", { scope: ["x refunds:read", "refunds:write"] }],
    ["as a list in scp", { scp: ["refunds:write", "refunds:read"] }],
    ["in either claim", { scope: "refunds:read", scp: "refunds:write" }],
  ] as const) {
    it(`finds scopes ${what}`, async () => {
      const fixture = authorizer();
      expect(await fixture.outcome({ token: fixture.issuer.token(claims), ...SCOPED })).to.equal("Allow");
    });
  }

  for (const scope of [7, { "refunds:write": true, "refunds:read": true }, null, [["refunds:write", "refunds:read"]], [null]]) {
    it(`finds no scope in ${JSON.stringify(scope)}`, async () => {
      const fixture = authorizer();
      expect(await fixture.outcome({ token: fixture.issuer.token({ scope }), ...SCOPED })).to.equal("Deny SCOPE_MISSING");
    });
  }

  it("takes a token without kid where the issuer has one key for signatures", async () => {
    const fixture = authorizer();
    expect(await fixture.outcome({ token: fixture.issuer.token({}, { kid: undefined }) })).to.equal("Allow");
    const { keys } = JSON.parse(fixture.issuer.keySet()) as { keys: object[] };
    fixture.issuer.keySet = () => JSON.stringify({ keys: [{ kty: "RSA", use: "enc", n: "AQAB", e: "AQAB" }, ...keys] });
    fixture.clock.advance(300_001);
    expect(await fixture.outcome({ token: fixture.issuer.token({}, { kid: undefined }) })).to.equal("Allow");
  });

  it("denies a token that lacks one of the scopes, and names it", async () => {
    const fixture = authorizer();
    for (const scope of ["refunds:read", "refunds:writer refunds:read", "", undefined]) {
      expect(await fixture.outcome({ token: fixture.issuer.token({ scope }), ...SCOPED })).to.equal("Deny SCOPE_MISSING");
    }
    const { context } = await fixture.call({ token: fixture.issuer.token({ scope: "refunds:read" }), ...SCOPED });
    expect(context).to.deep.equal({ detail: "The token lacks refunds:write." });
  });

  it("takes the audience from a list, the clocks' differences, and other algorithms of the issuer's keys", async () => {
    const fixture = authorizer();
    expect(await fixture.outcome({ token: fixture.issuer.token({ aud: ["x", "hub-2"] }) })).to.equal("Allow");
    expect(await fixture.outcome({ token: fixture.issuer.token({ nbf: now() + 5, exp: now() + 60 }) })).to.equal("Allow");
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    fixture.issuer.keySet = () => JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "ec" }] });
    fixture.clock.advance(10_001);
    const input = `${b64({ alg: "ES256", kid: "ec" })}.${b64(fixture.issuer.claims())}`;
    const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
    expect(await fixture.outcome({ token: `${input}.${signature.toString("base64url")}` })).to.equal("Allow");
  });

  describe("refuses", () => {
    const attacks: Readonly<Record<string, readonly [code: string, make: (issuer: Issuer) => string]>> = {
      "no algorithm": ["TOKEN_ALGORITHM", (fixture) => `${b64({ alg: "none", kid: "k1" })}.${b64(fixture.claims())}.`],
      "no algorithm, with a signature": [
        "TOKEN_ALGORITHM",
        (fixture) => `${b64({ alg: "none", kid: "k1" })}.${b64(fixture.claims())}.AAAA`,
      ],
      "no algorithm, spelt otherwise": [
        "TOKEN_ALGORITHM",
        (fixture) => `${b64({ alg: "nOnE", kid: "k1" })}.${b64(fixture.claims())}.AAAA`,
      ],
      "HS256 by the public key's PEM": ["TOKEN_ALGORITHM", (fixture) => fixture.hmacToken(fixture.publicPem)],
      "HS256 by the public key's modulus": [
        "TOKEN_ALGORITHM",
        (fixture) => fixture.hmacToken(String((JSON.parse(fixture.keySet()) as { keys: { n: string }[] }).keys[0]?.n)),
      ],
      "an algorithm that is not the key's": ["TOKEN_ALGORITHM", (fixture) => fixture.token({}, { alg: "RS512" })],
      "another issuer's key": ["TOKEN_SIGNATURE", (fixture) => fixture.token({}, {}, Issuer.key("k1"))],
      "a changed claim": [
        "TOKEN_SIGNATURE",
        (fixture) => fixture.token().replace(/\.[^.]+\./, `.${b64(fixture.claims({ client_id: "batch" }))}.`),
      ],
      "a signature cut short": ["TOKEN_SIGNATURE", (fixture) => fixture.token().slice(0, -20)],
      "another issuer's name": ["TOKEN_ISSUER", (fixture) => fixture.token({ iss: "https://evil.example.com" })],
      "the issuer's name with a slash": ["TOKEN_ISSUER", (fixture) => fixture.token({ iss: `${ISSUER}/` })],
      "no issuer": ["TOKEN_ISSUER", (fixture) => fixture.token({ iss: undefined })],
      "another audience": ["TOKEN_AUDIENCE", (fixture) => fixture.token({ aud: "other" })],
      "no audience": ["TOKEN_AUDIENCE", (fixture) => fixture.token({ aud: undefined })],
      "one that has expired": ["TOKEN_EXPIRED", (fixture) => fixture.token({ exp: now() - 60 })],
      "one without an end": ["TOKEN_CLAIMS", (fixture) => fixture.token({ exp: undefined })],
      "an end that is no number": ["TOKEN_MALFORMED", (fixture) => fixture.token({ exp: "9999999999" })],
      "one that is not valid yet": ["TOKEN_NOT_YET_VALID", (fixture) => fixture.token({ nbf: now() + 120 })],
      "no client": ["TOKEN_CLAIMS", (fixture) => fixture.token({ client_id: undefined })],
      "a client of another type": ["TOKEN_CLAIMS", (fixture) => fixture.token({ client_id: ["web"] })],
      "no kid, where the issuer has two keys": [
        "TOKEN_KEY_UNKNOWN",
        (fixture) => {
          fixture.keys = [...fixture.keys, Issuer.key("k2")];
          return fixture.token({}, { kid: undefined });
        },
      ],
      "no kid, and another issuer's key": [
        "TOKEN_SIGNATURE",
        (fixture) => fixture.token({}, { kid: undefined }, Issuer.key("k1")),
      ],
      "an empty kid": ["TOKEN_KEY_UNKNOWN", (fixture) => fixture.token({}, { kid: "" })],
      "an extension that has to be understood": [
        "TOKEN_EXTENSION",
        (fixture) => fixture.token({}, { crit: ["http://example.com/once"], "http://example.com/once": true }),
      ],
      "an unencoded payload (RFC 7797)": ["TOKEN_EXTENSION", (fixture) => fixture.token({}, { crit: ["b64"], b64: false })],
      "an extension that is no list": ["TOKEN_EXTENSION", (fixture) => fixture.token({}, { crit: "exp" })],
      "an extension of a claim's name": ["TOKEN_EXTENSION", (fixture) => fixture.token({}, { crit: ["exp"], exp: 1 })],
      "an empty list of extensions": ["TOKEN_EXTENSION", (fixture) => fixture.token({}, { crit: [] })],
      "a kid of another type": ["TOKEN_MALFORMED", (fixture) => fixture.token({}, { kid: { $ne: null } })],
      "its own key in jwk": ["TOKEN_SIGNATURE", (fixture) => signedByItself(fixture, (jwk) => ({ kid: "k1", jwk }))],
      "its own address of keys in jku": [
        "TOKEN_SIGNATURE",
        (fixture) => signedByItself(fixture, () => ({ kid: "k1", jku: "https://evil.example.com/keys" })),
      ],
      "an encrypted token's five parts": ["TOKEN_MALFORMED", () => "a.b.c.d.e"],
      "two parts": ["TOKEN_MALFORMED", () => "a.b"],
      "parts that are no JSON": ["TOKEN_MALFORMED", () => `${b64("{")}.${b64("x")}.AAAA`],
      "a header that is a list": ["TOKEN_MALFORMED", (fixture) => `${b64("[]")}.${b64(fixture.claims())}.AAAA`],
      "a prototype in its claims": [
        "TOKEN_SIGNATURE",
        () => `${b64({ alg: "RS256", kid: "k1" })}.${b64('{"__proto__":{"exp":1}}')}.AAAA`,
      ],
      "a token of 9 KB": ["TOKEN_TOO_LARGE", (fixture) => fixture.token({ more: "x".repeat(9_000) })],
    };
    for (const [what, [code, make]] of Object.entries(attacks)) {
      it(what, async () => {
        const fixture = authorizer();
        expect(await fixture.outcome({ token: make(fixture.issuer) })).to.equal(`Unauthorized ${code}`);
      });
    }

    for (const kid of [
      "../../../../dev/null",
      "k1' OR '1'='1",
      "https://evil.example.com/k1",
      "k1\u0000",
      "/proc/self/environ",
      "__proto__",
    ]) {
      it(`the kid ${JSON.stringify(kid)}, and asks only the issuer`, async () => {
        const fixture = authorizer();
        const secret = createHmac("sha256", "").digest("hex");
        expect(await fixture.outcome({ token: fixture.issuer.token({}, { kid }) })).to.equal("Unauthorized TOKEN_KEY_UNKNOWN");
        expect(await fixture.outcome({ token: fixture.issuer.hmacToken(secret, { kid }) })).to.equal(
          "Unauthorized TOKEN_ALGORITHM",
        );
        expect(new Set(fixture.fetched)).to.deep.equal(new Set([`${ISSUER}/keys`]));
      });
    }

    for (const authorization of ["Basic d2ViOng=", "Bearer", "Bearer ", "token", "Bearer a b", ["Bearer a", "Bearer b"]]) {
      it(`the header ${JSON.stringify(authorization)}`, async () => {
        expect(await authorizer().outcome({ authorization })).to.match(/^Unauthorized (TOKEN_MALFORMED|DOUBLED_CREDENTIALS)$/);
      });
    }

    it("whatever is generated, without failing", async () => {
      const fixture = authorizer();
      const part = fc.oneof(fc.string(), fc.json().map(b64), fc.base64String(), fc.constantFrom("", "eyJhbGciOiJub25lIn0"));
      await fc.assert(
        fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
          expect(await fixture.outcome({ authorization: `Bearer ${parts.join(".")}` })).to.match(/^Unauthorized TOKEN_[A-Z_]+$/);
        }),
        { numRuns: 500 },
      );
    });
  });

  it("denies a client that is no consumer of the hub", async () => {
    const fixture = authorizer();
    expect(await fixture.outcome({ token: fixture.issuer.token({ client_id: "constructor" }) })).to.equal(
      "Deny CONSUMER_UNKNOWN",
    );
  });

  it("takes no tokens on a stack that names no issuer", async () => {
    const fixture = authorizer({ jwt: undefined });
    expect(await fixture.outcome({ token: fixture.issuer.token(), route: "GET /requests" })).to.equal(
      "Unauthorized TOKENS_NOT_TAKEN",
    );
  });

  describe("with a claim for the tenant", () => {
    const jwt = { issuer: ISSUER, audience: ["hub"], jwksUri: `${ISSUER}/keys`, consumerClaim: "azp", tenantClaim: "org" };

    it("is that tenant's, under the consumer's usage plan", async () => {
      const fixture = authorizer({ jwt });
      const { context } = await fixture.call({ token: fixture.issuer.token({ azp: "batch", org: "acme_7-x" }) });
      expect(context).to.deep.equal({
        ...{ tenant: "acme_7-x", consumer: "batch", operator: "true" },
        ...{ role: "admin", subject: "user-1" },
      });
    });

    for (const org of [undefined, "", "a.b", "webhook:orders.stripe", "a b", "é", "x".repeat(65), 7, ["a"], null]) {
      it(`denies the tenant ${JSON.stringify(org)}`, async () => {
        const fixture = authorizer({ jwt });
        expect(await fixture.outcome({ token: fixture.issuer.token({ azp: "batch", org }) })).to.equal("Deny TENANT_MALFORMED");
      });
    }
  });

  describe("keys of the issuer", () => {
    it("are fetched once for many tokens, also at once", async () => {
      const fixture = authorizer();
      await Promise.all(Array.from({ length: 20 }, () => fixture.call({ token: fixture.issuer.token() })));
      await fixture.call({ token: fixture.issuer.token() });
      expect(fixture.fetched).to.deep.equal([`${ISSUER}/keys`]);
    });

    it("are fetched anew when a token names one that is new, and not for each that is made up", async () => {
      const fixture = authorizer();
      await fixture.call({ token: fixture.issuer.token() });
      fixture.issuer.keys = [Issuer.key("k2")];
      fixture.clock.advance(10_001);
      expect(await fixture.outcome({ token: fixture.issuer.token() })).to.equal("Allow");
      for (let i = 0; i < 50; i += 1)
        expect(await fixture.outcome({ token: fixture.issuer.token({}, { kid: `made-up-${i}` }) })).to.equal(
          "Unauthorized TOKEN_KEY_UNKNOWN",
        );
      expect(fixture.fetched).to.have.length(2);
    });

    it("that the issuer took back are trusted no longer than five minutes", async () => {
      const fixture = authorizer();
      const token = fixture.issuer.token();
      await fixture.call({ token });
      fixture.issuer.keys = [Issuer.key("k2")];
      fixture.clock.advance(300_000);
      expect(await fixture.outcome({ token })).to.equal("Allow");
      fixture.clock.advance(1);
      expect(await fixture.outcome({ token })).to.equal("Unauthorized TOKEN_KEY_UNKNOWN");
    });

    it("are trusted for an hour while the issuer can't be reached; then it is a failure, and no refusal", async () => {
      const fixture = authorizer();
      const token = fixture.issuer.token();
      await fixture.call({ token });
      fixture.outage.error = new Error("ECONNREFUSED");
      fixture.clock.advance(3_600_000);
      expect(await fixture.outcome({ token })).to.equal("Allow");
      fixture.clock.advance(1);
      expect(await fixture.outcome({ token })).to.match(/^the keys at .* can't be fetched/);
      expect(fixture.fetched.length).to.be.lessThan(4);
      fixture.outage.error = undefined;
      fixture.clock.advance(10_001);
      expect(await fixture.outcome({ token })).to.equal("Allow");
    });
  });

  describe("roles by scope", () => {
    const roleOf = async (scope: string | undefined, client: string, roleScopes?: string) => {
      const fixture = authorizer();
      const jwt = { issuer: ISSUER, audience: ["hub"], jwksUri: `${ISSUER}/keys`, consumerClaim: "client_id" };
      const scoped = authorizer({ jwt: { ...jwt, ...(roleScopes !== undefined && { roleScopes }) } }, fixture.issuer);
      const { context } = await scoped.call({ token: fixture.issuer.token({ client_id: client, scope }) });
      return [context.role, context.operator];
    };
    for (const [what, scope, client, role, operator] of [
      ["the highest that the scopes give", "hub:viewer x hub:operator", "batch", "operator", "true"],
      ["none without such a scope", "x hubadmin", "batch", undefined, "false"],
      ["none without scopes", undefined, "batch", undefined, "false"],
      ["one that may only look", "hub:viewer", "batch", "viewer", "false"],
      ["no more than the consumer's", "hub:admin", "support", "viewer", "false"],
      ["none where the consumer has none", "hub:admin", "web", undefined, "false"],
      ["none for a scope that is no role", "hub:root", "batch", undefined, "false"],
    ] as const)
      it(`are ${what}`, async () => {
        expect(await roleOf(scope, client, "hub:")).to.deep.equal([role, operator]);
      });

    it("do not count where the stack names no prefix", async () => {
      expect(await roleOf("hub:viewer", "batch")).to.deep.equal(["admin", "true"]);
      expect(await roleOf("hub:admin", "support")).to.deep.equal(["viewer", "false"]);
    });
  });
});

/** Signed by the caller's own key, which its header offers. */
function signedByItself(fixture: Issuer, header: (jwk: object) => Readonly<Record<string, unknown>>): string {
  const key = Issuer.key("own");
  return fixture.token({}, header(key.publicKey.export({ format: "jwk" })), key);
}
