import { expect } from "chai";
import { describe, it } from "mocha";
import { isTerminal } from "../../../model/errors.ts";
import { type Auth, apiKey, basic, bearer, oauth2ClientCredentials } from "../../../model/index.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { type Reply, reply, type Seen, useShop } from "../fakes/shop.ts";

const shop = useShop();

const oauth = () => oauth2ClientCredentials({ secret: "shop/key", tokenUrl: "/oauth/token", scope: "a b" });

/** Answers the n-th request for a token so, and all else well. */
const tokens = (response: (n: number) => Reply): Reply => {
  let n = 0;
  return (out, request) => {
    if (request.url !== "/oauth/token") return reply(200, { ok: true })(out, request);
    n += 1;
    return response(n)(out, request);
  };
};

describe("third party / credentials", () => {
  const SECRETS = {
    token: "t0ken",
    apiKey: "k3y",
    username: "ann",
    password: "pa:ss",
    clientId: "the id",
    clientSecret: "s&cret",
  };
  const give = (fixture: ReturnType<typeof shop.connect>, secret: object = SECRETS) =>
    fixture.secrets.set("arn:shop", JSON.stringify(secret));

  const kinds: readonly [string, Auth, Record<string, string>][] = [
    ["bearer", bearer({ secret: "shop/key" }), { authorization: "Bearer t0ken" }],
    ["api key", apiKey({ secret: "shop/key", header: "X-Shop-Key" }), { "x-shop-key": "k3y" }],
    ["basic", basic({ secret: "shop/key" }), { authorization: `Basic ${Buffer.from("ann:pa:ss").toString("base64")}` }],
  ];
  for (const [what, auth, headers] of kinds) {
    it(`sends ${what}`, async () => {
      const fixture = shop.connect(auth);
      give(fixture);
      await fixture.use("ping");
      expect(shop.seen[0]?.headers).to.include(headers);
    });
  }

  it("reads a secret once in five minutes", async () => {
    const fixture = shop.connect(bearer({ secret: "shop/key" }));
    give(fixture);
    await Promise.all([fixture.use("ping"), fixture.use("ping")]);
    fixture.clock.time += 299_000;
    await fixture.use("ping");
    expect(fixture.secretReads).to.have.length(1);
    fixture.clock.time += 2_000;
    await fixture.use("ping");
    expect(fixture.secretReads).to.have.length(2);
  });

  it("reads it anew, once, upon 401", async () => {
    const fixture = shop.connect(bearer({ secret: "shop/key" }));
    give(fixture);
    await fixture.use("ping");
    fixture.clock.time += 60_000;
    give(fixture, { token: "rotated" });
    shop.replies = [
      (response, { headers }) =>
        reply(headers.authorization === "Bearer rotated" ? 200 : 401, { ok: true })(response, shop.seen[0] as Seen),
    ];
    expect(await fixture.use("ping")).to.include({ ok: true });
    shop.replies = [reply(401, {})];
    fixture.clock.time += 60_000;
    const error = await fixture.fails("ping");
    expect(error).to.include({ code: "THIRD_PARTY_REFUSED", status: 401 });
    expect(shop.seen).to.have.length(1 + 2 + 2);
  });

  it("gets an OAuth2 token by client credentials, shares it, and renews it 30 seconds before it expires", async () => {
    shop.replies = [tokens((n) => reply(200, { access_token: `at-${n}`, token_type: "Bearer", expires_in: 600 }))];
    const fixture = shop.connect(oauth());
    give(fixture);
    await Promise.all([fixture.use("ping"), fixture.use("ping"), fixture.use("ping")]);
    const asked = shop.seen.filter(({ url }) => url === "/oauth/token");
    expect(asked).to.have.length(1);
    expect(asked[0]?.headers.authorization).to.equal(`Basic ${Buffer.from("the+id:s%26cret").toString("base64")}`);
    expect(asked[0]?.headers["content-type"]).to.equal("application/x-www-form-urlencoded");
    expect(asked[0]?.body).to.equal("grant_type=client_credentials&scope=a+b");
    expect(asked[0]?.headers["x-correlation-id"]).to.equal("c-1");
    fixture.clock.time += 569_000;
    await fixture.use("ping");
    expect(shop.seen.at(-1)?.headers.authorization).to.equal("Bearer at-1");
    fixture.clock.time += 2_000;
    await fixture.use("ping");
    expect(shop.seen.at(-1)?.headers.authorization).to.equal("Bearer at-2");
  });

  it("gets another token, once, when the third party does not take it", async () => {
    let n = 0;
    shop.replies = [
      (response, request) => {
        if (request.url === "/oauth/token") {
          n += 1;
          return reply(200, { access_token: `at-${n}` })(response, request);
        }
        return reply(request.headers.authorization === "Bearer at-2" ? 200 : 401, { ok: true })(response, request);
      },
    ];
    const fixture = shop.connect(oauth());
    give(fixture);
    expect(await fixture.use("ping")).to.include({ ok: true });
    expect(n).to.equal(2);
  });

  it("reads the client's secret anew when the token endpoint refuses it", async () => {
    const authorized = `Basic ${Buffer.from("the+id:rotated").toString("base64")}`;
    let refusing = false;
    shop.replies = [
      (response, request) => {
        const good = request.url !== "/oauth/token" || !refusing || request.headers.authorization === authorized;
        reply(good ? 200 : 401, { ok: true, access_token: "at", expires_in: 60 })(response, request);
      },
    ];
    const fixture = shop.connect(oauth());
    give(fixture);
    await fixture.use("ping");
    refusing = true;
    fixture.clock.time += 60_000;
    give(fixture, { clientId: "the id", clientSecret: "rotated" });
    expect(await fixture.use("ping")).to.include({ ok: true });
  });

  for (const [status, headers, code] of [
    [401, {}, "TOKEN_REFUSED"],
    [400, {}, "TOKEN_REFUSED"],
    [500, {}, "THIRD_PARTY_FAILED"],
    [429, { "retry-after": "9" }, "THIRD_PARTY_BUSY"],
  ] as const) {
    it(`takes ${status} of the token endpoint as ${code}`, async () => {
      shop.replies = [reply(status, "s3cret body", headers)];
      const fixture = shop.connect(oauth());
      give(fixture);
      const error = await fixture.fails("ping");
      expect(failureOf(error).code).to.equal(code);
      expect(isTerminal(error)).to.equal(code === "TOKEN_REFUSED");
      expect(shop.seen.map(({ url }) => url).filter((url) => url !== "/oauth/token")).to.deep.equal([]);
    });
  }

  it("names the fault of a secret, and never its content", async () => {
    for (const [stored, telling] of [
      ['"s3cret', /not a JSON object/],
      ['{"tokn":"s3cret"}', /lacks token/],
      [undefined, /ResourceNotFoundException/],
    ] as const) {
      const fixture = shop.connect(bearer({ secret: "shop/key" }));
      if (stored !== undefined) fixture.secrets.set("arn:shop", stored);
      const error = await fixture.fails("ping");
      expect(error.message).to.match(telling).and.not.include("s3cret");
      expect(isTerminal(error)).to.equal(false);
    }
  });

  it("keeps credentials, URLs and bodies out of errors and log lines", async () => {
    for (const answer of [
      reply(400, "s3cret body"),
      reply(500, "s3cret body"),
      reply(200, "s3cret body"),
      ((response) => response.destroy()) as Reply,
    ]) {
      shop.replies = [answer];
      const fixture = shop.connect(bearer({ secret: "shop/key" }));
      give(fixture);
      const error = await fixture.fails("place", { shelf: "private-shelf", sku: "private-sku" });
      const written = JSON.stringify([error.message, fixture.lines]);
      for (const secret of ["s3cret", "t0ken", "private-"]) expect(written).not.to.include(secret);
    }
  });
});
