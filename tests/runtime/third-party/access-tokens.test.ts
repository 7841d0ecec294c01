import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Auth, oauth2ClientCredentials, oauth2JwtBearer, oauth2RefreshToken } from "../../../model/index.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { type Reply, reply, type Seen, useShop } from "../fakes/shop.ts";

const shop = useShop();
const TOKEN = { secret: "shop/key", tokenUrl: "/oauth/token" };
const SECRET = { clientId: "id", clientSecret: "s3cret", refreshToken: "rt-0", issuer: "svc@x" };

/** Answers the n-th request for a token so, and all else well. */
const tokens = (answer: (n: number, request: Seen) => object | number): Reply => {
  let n = 0;
  return (out, request) => {
    if (request.url !== "/oauth/token") return reply(200, { ok: true })(out, request);
    n += 1;
    const given = answer(n, request);
    return typeof given === "number" ? reply(given, {})(out, request) : reply(200, given)(out, request);
  };
};
const asked = () => shop.seen.filter(({ url }) => url === "/oauth/token");
const sent = () => shop.seen.filter(({ url }) => url !== "/oauth/token").map(({ headers }) => headers.authorization);
const connect = (auth: Auth, secret: object = SECRET) => {
  const fixture = shop.connect(auth);
  fixture.secrets.set("arn:shop", JSON.stringify(secret));
  return fixture;
};

describe("third party / a token for all functions", () => {
  it("is requested once, although functions start together, and again by one of them when it expires", async () => {
    shop.replies = [tokens((n) => ({ access_token: `at-${n}`, expires_in: 600 }))];
    const fixture = connect(oauth2ClientCredentials(TOKEN));
    // Waits as long as the token's call takes, in no time of the hub's.
    fixture.clock.sleep = () => new Promise((resolve) => setImmediate(resolve));
    const functions = Array.from({ length: 8 }, () => fixture.another());
    await Promise.all(functions.map((use) => use("ping")));
    expect(asked()).to.have.length(1);
    fixture.clock.advance(571_000);
    await Promise.all(functions.map((use) => use("ping")));
    expect(asked()).to.have.length(2);
    expect(new Set(sent())).to.deep.equal(new Set(["Bearer at-1", "Bearer at-2"]));
  });

  it("stands in the table encrypted, and can't be opened with another secret", async () => {
    shop.replies = [tokens((n) => ({ access_token: `at-${n}`, expires_in: 600 }))];
    const fixture = connect(oauth2ClientCredentials(TOKEN));
    await fixture.use("ping");
    expect(JSON.stringify([...fixture.table.items.values()])).not.to.match(/at-1|s3cret/);
    fixture.secrets.set("arn:shop", JSON.stringify({ ...SECRET, clientSecret: "rotated" }));
    await fixture.another()("ping");
    expect(asked()).to.have.length(2);
  });

  it("is replaced once when the third party refuses it", async () => {
    const good = new Set(["Bearer at-2"]);
    shop.replies = [tokens((n) => ({ access_token: `at-${n}`, expires_in: 600 }))];
    const fixture = connect(oauth2ClientCredentials(TOKEN));
    const functions = [fixture.another(), fixture.another()];
    await Promise.all(functions.map((use) => use("ping")));
    const issue = shop.replies[0] as Reply;
    shop.replies = [
      (out, request) =>
        request.url !== "/oauth/token" && !good.has(request.headers.authorization ?? "")
          ? reply(401, {})(out, request)
          : issue(out, request),
    ];
    await Promise.all(functions.map((use) => use("ping")));
    expect(asked()).to.have.length(2);
  });

  it("is renewed by another function when the one with the lease has crashed, and no later than that", async () => {
    shop.replies = [tokens(() => ({ access_token: "at", expires_in: 600 }))];
    const fixture = connect(oauth2ClientCredentials(TOKEN));
    await fixture.table.put({ pk: "third-party#shop", sk: "token", lease: fixture.clock.now() + 8_000 });
    expect(failureOf(await fixture.fails("ping")).code).to.equal("TOKEN_BUSY");
    expect(asked()).to.have.length(0);
    await fixture.use("ping");
    expect(asked()).to.have.length(1);
  });

  it("is requested again at once after a failure", async () => {
    shop.replies = [tokens((n) => (n === 1 ? 500 : { access_token: "at" }))];
    const fixture = connect(oauth2ClientCredentials(TOKEN));
    expect(failureOf(await fixture.fails("ping")).code).to.equal("THIRD_PARTY_FAILED");
    await fixture.another()("ping");
    expect(sent()).to.deep.equal(["Bearer at"]);
  });

  for (const [expiresIn, keptFor] of [
    [undefined, 270],
    [null, 270],
    ["3600", 3_570],
    ["3600s", 3_570],
    ["1h", 270],
    ["", 270],
    [0, 270],
    [-5, 270],
    [20, 15],
    [4, 3],
    ["1e400", 270],
  ] as const)
    it(`is kept for ${keptFor} s where expires_in is ${JSON.stringify(expiresIn)}`, async () => {
      shop.replies = [tokens((n) => ({ access_token: `at-${n}`, expires_in: expiresIn }))];
      const fixture = connect(oauth2ClientCredentials(TOKEN));
      await fixture.use("ping");
      fixture.clock.advance((keptFor - 0.5) * 1_000);
      await fixture.use("ping");
      expect(asked()).to.have.length(1);
      fixture.clock.advance(1_000);
      await fixture.use("ping");
      expect(asked()).to.have.length(2);
    });
});

describe("third party / other answers of a token endpoint", () => {
  const connected = (status: number, body: string, type: string) => {
    shop.replies = [
      (out, request) =>
        request.url === "/oauth/token"
          ? void out.writeHead(status, { "content-type": type }).end(body)
          : reply(200, { ok: true })(out, request),
    ];
    return connect(oauth2ClientCredentials(TOKEN));
  };
  const form = "application/x-www-form-urlencoded";

  it("may be a form, with its lifetime", async () => {
    const fixture = connected(200, "access_token=a%2Bt&expires_in=60&token_type=bearer", form);
    await fixture.use("ping");
    fixture.clock.advance(46_000);
    await fixture.use("ping");
    expect([sent()[0], asked().length]).to.deep.equal(["Bearer a+t", 2]);
  });

  for (const [what, body, type] of [
    ["JSON", '{"ok":false,"error":"invalid_client","error_description":"s3cret"}', "application/json"],
    ["a form", "error=incorrect_client_credentials&error_description=s3cret", form],
  ] as const)
    it(`200 with an error in ${what} refuses the credentials, which are not tried again and not shown`, async () => {
      const fixture = connected(200, body, type);
      const failure = failureOf(await fixture.fails("ping"));
      expect(failure.code).to.equal("TOKEN_REFUSED");
      expect(failure.message).not.to.include("s3cret");
    });

  for (const body of ["", "<html></html>", "[]", "{}", '{"access_token":""}', '{"access_token":7}', '{"error":{}}'])
    it(`${JSON.stringify(body)} is no token, and is asked for again`, async () => {
      const failure = failureOf(await connected(200, body, "text/html").fails("ping"));
      expect(failure.code).to.equal("INVALID_RESPONSE");
    });
});

describe("third party / grants", () => {
  const form = (n = 0) => Object.fromEntries(new URLSearchParams(asked()[n]?.body ?? ""));
  const claims = (jwt = "") =>
    jwt
      .split(".")
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>);

  it("client_secret_post, audience, resource and scope", async () => {
    shop.replies = [tokens(() => ({ access_token: "at" }))];
    await connect(
      oauth2ClientCredentials({
        ...TOKEN,
        clientAuth: "client_secret_post",
        scope: "a b",
        audience: "https://api",
        resource: "https://r",
      }),
    ).use("ping");
    expect(form()).to.deep.equal({
      grant_type: "client_credentials",
      client_id: "id",
      client_secret: "s3cret",
      scope: "a b",
      audience: "https://api",
      resource: "https://r",
    });
    expect(asked()[0]?.headers).not.to.have.property("authorization");
  });

  it("private_key_jwt: a JWT of the client for the token endpoint, signed by its key", async () => {
    shop.replies = [tokens(() => ({ access_token: "at" }))];
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "sec1", format: "pem" }).toString();
    const fixture = connect(oauth2ClientCredentials({ ...TOKEN, clientAuth: "private_key_jwt", algorithm: "ES256" }), {
      clientId: "id",
      privateKey: pem,
      keyId: "k1",
    });
    await fixture.use("ping");
    const { client_assertion: jwt = "", client_assertion_type: type, client_id: id } = form();
    expect([type, id]).to.deep.equal(["urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "id"]);
    const [header, payload] = claims(jwt);
    expect(header).to.deep.equal({ alg: "ES256", typ: "JWT", kid: "k1" });
    const issued = Math.floor(fixture.clock.now() / 1_000);
    expect(payload).to.include({ iss: "id", sub: "id", aud: `${shop.origin}/oauth/token`, iat: issued, exp: issued + 300 });
    expect(payload?.jti).to.be.a("string");
    const [head, body, signature = ""] = jwt.split(".");
    const key = { key: createPublicKey(privateKey), dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))).to.equal(true);
  });

  it("JWT bearer with subject, audience and further claims", async () => {
    shop.replies = [tokens(() => ({ access_token: "at" }))];
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2_048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const auth = oauth2JwtBearer({ ...TOKEN, subject: "ann@x", audience: "https://login", claims: { scope: "calendar" } });
    await connect(auth, { issuer: "svc@x", privateKey }).use("ping");
    expect(form().grant_type).to.equal("urn:ietf:params:oauth:grant-type:jwt-bearer");
    expect(claims(form().assertion)[1]).to.include({ iss: "svc@x", sub: "ann@x", aud: "https://login", scope: "calendar" });
  });

  it("a refresh token, and then the one that replaced it; a new one in the secret starts over", async () => {
    shop.replies = [tokens((n) => ({ access_token: `at-${n}`, expires_in: 60, refresh_token: `rt-${n}` }))];
    const fixture = connect(oauth2RefreshToken(TOKEN));
    await fixture.use("ping");
    fixture.clock.advance(61_000);
    await fixture.another()("ping");
    fixture.clock.advance(301_000);
    fixture.secrets.set("arn:shop", JSON.stringify({ ...SECRET, refreshToken: "rt-new" }));
    await fixture.use("ping");
    expect(asked().map(({ body }) => new URLSearchParams(body).get("refresh_token"))).to.deep.equal(["rt-0", "rt-1", "rt-new"]);
    expect(JSON.stringify([...fixture.table.items.values()])).not.to.match(/rt-/);
  });

  it("reports a private key that is none, without showing it", async () => {
    const fixture = connect(oauth2JwtBearer(TOKEN), { issuer: "svc@x", privateKey: "s3cret" });
    const error = await fixture.fails("ping");
    expect(failureOf(error).code).to.equal("SECRET_INVALID");
    expect(error.message).not.to.include("s3cret");
    expect(shop.seen).to.deep.equal([]);
  });
});
