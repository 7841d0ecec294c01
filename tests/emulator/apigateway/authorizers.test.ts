import { expect } from "chai";
import { describe, it } from "mocha";
import type { RestApiDefinition, RestApiPorts } from "../../../emulator/apigateway/types.ts";
import { AUTHORIZER_URI, bench, contextOf, HandClock, jsonOf, LAMBDA_URI, request } from "./fixture.ts";

type Answer = Awaited<ReturnType<RestApiPorts["invokeLambda"]>>;
interface Asked {
  readonly methodArn: string;
  readonly type: string;
  readonly resource: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: { readonly resourcePath: string };
}

const proxy = { type: "aws_proxy", httpMethod: "POST", uri: LAMBDA_URI };
const bodyWith = (authorizer: object, more: object = {}) => ({
  openapi: "3.0.1",
  "x-amazon-apigateway-api-key-source": "AUTHORIZER",
  components: {
    securitySchemes: {
      who: {
        type: "apiKey",
        name: "Authorization",
        in: "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": { type: "request", authorizerUri: AUTHORIZER_URI, ...authorizer },
      },
      usage: { type: "apiKey", name: "x-api-key", in: "header" },
    },
  },
  paths: {
    "/things/{id}": { get: { security: [{ who: [], usage: [] }], responses: {}, "x-amazon-apigateway-integration": proxy } },
    "/things": { post: { security: [{ who: [] }], responses: {}, "x-amazon-apigateway-integration": proxy } },
  },
  ...more,
});
const BY_ROUTE = {
  identitySource: "method.request.header.Authorization, context.httpMethod, context.resourcePath",
  authorizerResultTtlInSeconds: 60,
};

const allow = (resource: string, more: object = {}): Answer => ({
  payload: JSON.stringify({
    principalId: "p",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: resource }],
    },
    context: { tenant: "acme", count: 3, fine: true },
    usageIdentifierKey: "secret-a",
    ...more,
  }),
});

/** An API whose authorizer returns the given response. */
function guarded(
  answer: (asked: Asked) => Answer | Promise<Answer>,
  body: object = bodyWith(BY_ROUTE),
  over: Partial<RestApiDefinition> = {},
) {
  const clock = new HandClock();
  const asked: Asked[] = [];
  const sources: string[] = [];
  const proxied: Record<string, unknown>[] = [];
  const made = bench(
    { body, ...over },
    {
      clock,
      invokeLambda: async (arn, payload, sourceArn) => {
        const event = JSON.parse(payload) as Asked & Record<string, unknown>;
        if (!arn.endsWith(":authorizer")) {
          proxied.push(event);
          return { payload: '{"statusCode":200}' };
        }
        asked.push(event);
        sources.push(sourceArn);
        return answer(event);
      },
    },
  );
  const get = (id: string, authorization?: string) =>
    made.api.handle(request("GET", `/things/${id}`, { headers: authorization === undefined ? {} : { authorization } }));
  const post = (authorization: string) => made.api.handle(request("POST", "/things", { headers: { authorization } }));
  return { ...made, clock, asked, sources, proxied, get, post };
}
const everything = ({ methodArn }: Asked) => allow(methodArn.replace(/\/[^/]*$/, "/*"));

describe("apigateway / authorizers", () => {
  it("invokes the function with AWS's event, as an authorizer of this API", async () => {
    const { get, asked, sources } = guarded(everything);
    expect((await get("7", "Bearer x")).status).to.equal(200);
    expect(asked[0]).to.deep.include({
      type: "REQUEST",
      methodArn: "arn:aws:execute-api:eu-west-1:123456789012:api123/dev/GET/things/7",
      resource: "/things/{id}",
    });
    expect(asked[0]?.headers).to.include({ authorization: "Bearer x" });
    expect(asked[0]).not.to.have.any.keys("body", "isBase64Encoded");
    expect(sources).to.deep.equal(["arn:aws:execute-api:eu-west-1:123456789012:api123/authorizers/who"]);
  });

  it("passes its context on as strings", async () => {
    const { get, proxied } = guarded(everything);
    await get("7", "Bearer x");
    const [call] = proxied.map((payload) => ({ arn: "", payload, sourceArn: "" }));
    expect(contextOf(call).authorizer).to.deep.equal({ tenant: "acme", count: "3", fine: "true", principalId: "p" });
  });

  it("refuses a request without an identity source with 401, and does not invoke the authorizer", async () => {
    const { get, asked } = guarded(everything);
    for (const authorization of [undefined, ""]) {
      const response = await get("7", authorization);
      expect(response.status).to.equal(401);
      expect(response.headers["x-amzn-ErrorType"]).to.equal("UnauthorizedException");
    }
    expect(asked).to.be.empty;
  });

  it("responds with 401 when the function throws Unauthorized, and invokes it again the next time", async () => {
    const { get, asked } = guarded(() => ({ payload: '{"errorMessage":"Unauthorized"}', functionError: "Unhandled" }));
    expect((await get("7", "x")).status).to.equal(401);
    expect((await get("7", "x")).status).to.equal(401);
    expect(asked).to.have.length(2);
  });

  it("responds with 403 when the policy denies or does not allow the request", async () => {
    const policyOf = (effect: string, resource: string) => ({
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: effect, Action: "execute-api:Invoke", Resource: resource }],
      },
    });
    for (const [effect, resource] of [
      ["Deny", "*"],
      ["Allow", "arn:aws:execute-api:eu-west-1:123456789012:api123/dev/POST/things/*"],
      ["Allow", "arn:aws:execute-api:eu-west-1:123456789012:other/dev/GET/things/*"],
    ] as const) {
      const response = await guarded(() => allow("", policyOf(effect, resource))).get("7", "x");
      expect(response.status, resource).to.equal(403);
      expect(response.headers["x-amzn-ErrorType"]).to.equal("AccessDeniedException");
    }
  });

  it("responds with 500 when the function fails, may not be invoked, or returns an invalid response", async () => {
    const bad: readonly (() => Answer)[] = [
      () => ({ payload: '{"errorMessage":"unauthorized"}', functionError: "Unhandled" }),
      () => {
        throw new Error("AccessDeniedException");
      },
      () => ({ payload: "null" }),
      () => ({ payload: "nope" }),
      () => allow("*", { principalId: undefined }),
      () => allow("*", { context: { nested: {} } }),
      () =>
        allow("*", { policyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "execute-api:Invoke" }] } }),
      () => allow("*", { policyDocument: { Statement: [] } }),
    ];
    for (const [at, answer] of bad.entries()) {
      const { get, log } = guarded(answer);
      expect((await get("7", "x")).status, String(at)).to.equal(500);
      expect(log, String(at)).to.have.length(1);
    }
  });

  describe("cache", () => {
    it("caches a response by all identity sources, for its time to live on the hub's clock", async () => {
      const { get, post, asked, clock } = guarded(everything);
      await get("1", "a");
      await get("2", "a");
      expect(asked, "another path of the same route").to.have.length(1);
      await get("1", "b");
      await post("a");
      expect(asked, "another caller, and another route").to.have.length(3);
      clock.move(59_000);
      await get("1", "a");
      expect(asked).to.have.length(3);
      clock.move(2_000);
      await get("1", "a");
      expect(asked).to.have.length(4);
    });

    it("evaluates a cached policy for each path, as on AWS", async () => {
      const { get, asked } = guarded(({ methodArn }) => allow(methodArn));
      expect((await get("1", "a")).status).to.equal(200);
      expect((await get("2", "a")).status).to.equal(403);
      expect(asked).to.have.length(1);
    });

    it("caches nothing with a time to live of 0, which needs no identity source", async () => {
      const { get, asked } = guarded(everything, bodyWith({ authorizerResultTtlInSeconds: 0 }));
      expect((await get("1")).status).to.equal(200);
      await get("1");
      expect(asked).to.have.length(2);
    });
  });

  describe("usage plans", () => {
    const usagePlans = [
      {
        id: "plan",
        apiKeyIds: ["key-a"],
        throttle: { rateLimit: 1, burstLimit: 2 },
        quota: { limit: 3, period: "DAY" as const },
      },
    ];

    it("count by the key that the authorizer returns, whatever header the caller sends", async () => {
      const { get, clock } = guarded(everything, undefined, { usagePlans });
      expect([(await get("1", "a")).status, (await get("1", "b")).status]).to.deep.equal([200, 200]);
      const throttled = await get("1", "c");
      expect(throttled.status).to.equal(429);
      expect(throttled.headers["x-amzn-ErrorType"]).to.equal("TooManyRequestsException");
      clock.move(5_000);
      expect((await get("1", "a")).status).to.equal(200);
      const used = await get("1", "a");
      expect(used.status).to.equal(429);
      expect(used.headers["x-amzn-ErrorType"]).to.equal("LimitExceededException");
    });

    it("refuse a caller whose key is in no usage plan with 403", async () => {
      for (const usageIdentifierKey of [undefined, "secret-lost", "made up"]) {
        const { get } = guarded(({ methodArn }) => allow(methodArn, { usageIdentifierKey }));
        const response = await get("1", "a");
        expect(response.status).to.equal(403);
        expect(jsonOf(response)).to.deep.equal({ message: "Forbidden" });
      }
    });
  });

  for (const [what, authorizer, message] of [
    ["of type token", { type: "token" }, /not an authorizer of type request/],
    ["with an unknown setting", { ...BY_ROUTE, identityValidationExpression: "x" }, /identityValidationExpression/],
    ["with a cache but no identity source", { authorizerResultTtlInSeconds: 60 }, /no identitySource/],
    ["with a time to live that is too long", { ...BY_ROUTE, authorizerResultTtlInSeconds: 3_601 }, /is 3601/],
    ["by the body", { ...BY_ROUTE, identitySource: "method.request.body" }, /not an identity source/],
  ] as const) {
    it(`refuses an authorizer ${what}`, () => {
      expect(() => bench({ body: bodyWith(authorizer) })).to.throw(message);
    });
  }

  it("refuses two authorizers for a method", () => {
    const two = bodyWith(BY_ROUTE);
    Object.assign(two.components.securitySchemes, { other: two.components.securitySchemes.who });
    two.paths["/things"].post.security = [{ who: [] }, { other: [] }] as never;
    expect(() => bench({ body: two })).to.throw(/more than one authorizer/);
  });
});
