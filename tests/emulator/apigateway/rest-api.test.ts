import { expect } from "chai";
import { describe, it } from "mocha";
import { DefinitionError } from "../../../emulator/apigateway/errors.ts";
import { bench, definition, jsonOf, ORDER, openApi, postOrder, request } from "./fixture.ts";

const HOOK = (body: string | Buffer = "{}", headers: Record<string, string> = {}) =>
  request("POST", "/hooks/x", { headers, body });

describe("apigateway / routes and keys", () => {
  it("responds to an unknown route with 403 Missing Authentication Token, as AWS does", async () => {
    for (const asked of [
      request("GET", "/nope"),
      request("GET", "/orders"),
      request("POST", "/orders/1"),
      request("POST", "/other/orders"),
    ]) {
      const response = await bench().api.handle(asked);
      expect(response.status).to.equal(403);
      expect(jsonOf(response)).to.deep.equal({ message: "Missing Authentication Token" });
      expect(response.headers).to.include.keys("x-amzn-RequestId", "x-amz-apigw-id");
      expect(response.headers["x-amzn-ErrorType"]).to.equal("MissingAuthenticationTokenException");
    }
  });

  it("accepts paths with and without the stage, and prefers a fixed segment", async () => {
    const { api, lambda } = bench();
    for (const path of ["/hooks/x", "/dev/hooks/x%20y", "/hooks/fixed", "/dev/hooks/fixed/"])
      await api.handle(request("POST", path));
    expect(lambda.map(({ payload }) => payload.resource)).to.deep.equal([
      "/hooks/{name}",
      "/hooks/{name}",
      "/hooks/fixed",
      "/hooks/fixed",
    ]);
    // https://github.com/serverless/serverless/issues/5037
    expect(lambda[1]?.payload.pathParameters).to.deep.equal({ name: "x%20y" });
    expect(lambda[1]?.payload.path).to.equal("/hooks/x%20y");
  });

  it("refuses paths that API Gateway refuses", () => {
    const paths = (...paths: string[]) => {
      const hook = openApi.paths["/hooks/{name}"];
      return () => bench({ body: { ...openApi, paths: Object.fromEntries(paths.map((path) => [path, hook])) } });
    };
    expect(paths("/a/{id}", "/a/{id}/b", "/a/c", "/{x}/b", "/d/{rest+}")).not.to.throw();
    expect(paths("/a/{id}", "/a/{other}/b")).to.throw(DefinitionError, "{id} is a variable path part, and only one is allowed");
    expect(paths("/a/v{id}")).to.throw(DefinitionError, 'refuses the path part "v{id}"');
    expect(paths("/a/{rest+}/b")).to.throw(DefinitionError, "takes the rest of the path");
  });

  it("refuses a missing, unknown, disabled or plan-less key with 403", async () => {
    for (const key of ["", "wrong", "secret-off", "secret-lost"]) {
      const { api, aws } = bench();
      const response = await api.handle(postOrder(ORDER, { "x-api-key": key }));
      expect([response.status, jsonOf(response)]).to.deep.equal([403, { message: "Forbidden" }]);
      expect(aws).to.be.empty;
    }
  });

  it("checks the API key before anything else", async () => {
    const response = await bench().api.handle(
      request("POST", "/orders", { headers: { "content-type": "text/xml" }, body: "<x/>" }),
    );
    expect(response.status).to.equal(403);
  });
});

describe("apigateway / throttling", () => {
  it("allows a key's burst, then refills at its rate", async () => {
    const { api, clock } = bench({ usagePlans: [{ id: "p", apiKeyIds: ["key-a"], throttle: { rateLimit: 2, burstLimit: 3 } }] });
    const statuses = async (count: number) => {
      const found: number[] = [];
      for (let n = 0; n < count; n++) found.push((await api.handle(postOrder())).status);
      return found;
    };
    expect(await statuses(4)).to.deep.equal([202, 202, 202, 429]);
    clock.move(500);
    expect(await statuses(2)).to.deep.equal([202, 429]);
    clock.move(60_000);
    expect(await statuses(4)).to.deep.equal([202, 202, 202, 429]);
  });

  it("counts a quota by day", async () => {
    const { api, clock } = bench({ usagePlans: [{ id: "p", apiKeyIds: ["key-a"], quota: { limit: 1, period: "DAY" } }] });
    expect((await api.handle(postOrder())).status).to.equal(202);
    const over = await api.handle(postOrder());
    expect([over.status, jsonOf(over)]).to.deep.equal([429, { message: "Limit Exceeded" }]);
    clock.move(24 * 3_600_000);
    expect((await api.handle(postOrder())).status).to.equal(202);
  });

  it("counts a week from Sunday and a month from its first day", async () => {
    for (const [period, days] of [
      ["WEEK", 5],
      ["MONTH", 7],
    ] as const) {
      // 24 November 2026 is a Tuesday: the next Sunday is 5 days off, the next month 7.
      const { api, clock } = bench({ usagePlans: [{ id: "p", apiKeyIds: ["key-a"], quota: { limit: 1, period } }] });
      await api.handle(postOrder());
      clock.move((days - 1) * 86_400_000);
      expect((await api.handle(postOrder())).status).to.equal(429);
      clock.move(86_400_000);
      expect((await api.handle(postOrder())).status).to.equal(202);
    }
  });

  for (const methodPath of ["orders/POST", "~1orders/POST"])
    it(`throttles one method by its own settings, ${methodPath}, and no other method`, async () => {
      const methodSettings = [
        { methodPath: "*/*", rateLimit: -1, burstLimit: -1 },
        { methodPath, rateLimit: 1, burstLimit: 1 },
      ];
      const { api } = bench({ stage: { ...definition.stage, methodSettings } });
      expect((await api.handle(postOrder())).status).to.equal(202);
      expect((await api.handle(postOrder())).status).to.equal(429);
      for (let n = 0; n < 3; n++) expect((await api.handle(HOOK())).status).to.equal(202);
    });

  it("shares the stage's bucket among methods without their own settings", async () => {
    const { api } = bench({
      stage: { ...definition.stage, methodSettings: [{ methodPath: "*/*", rateLimit: 1, burstLimit: 1 }] },
    });
    expect((await api.handle(HOOK())).status).to.equal(202);
    expect(jsonOf(await api.handle(postOrder()))).to.deep.equal({ message: "Too Many Requests" });
  });
});

describe("apigateway / validation before the integration", () => {
  it("refuses a body over 10 MB with 413", async () => {
    const { api, aws } = bench();
    expect((await api.handle(postOrder("x".repeat(10 * 1_024 * 1_024 + 1)))).status).to.equal(413);
    expect(aws).to.be.empty;
  });

  it("refuses an unknown content type with 415 when passthrough is never allowed, and ignores the charset", async () => {
    const { api, aws } = bench();
    expect((await api.handle(postOrder("<x/>", { "Content-Type": "text/xml" }))).status).to.equal(415);
    expect(aws).to.be.empty;
    expect((await api.handle(postOrder(ORDER, { "Content-Type": "Application/JSON; charset=utf-8" }))).status).to.equal(202);
  });

  it("refuses an invalid body with 400, in a customized response without Velocity", async () => {
    const { api, aws } = bench();
    const response = await api.handle(postOrder({ lines: [{ quantity: 0 }, 'a "quoted" line'] }));
    const body = jsonOf(response);
    expect(response.status).to.equal(400);
    expect(response.headers["Content-Type"]).to.equal("application/problem+json");
    expect(response.headers["X-Fixed"]).to.equal("yes");
    expect(response.headers["X-Request-ID"]).to.equal(response.headers["x-amzn-RequestId"]);
    expect(body.title).to.equal("Invalid request body");
    expect(body.detail).to.equal(
      '[object has missing required properties (["orderId"]), object has missing required properties (["sku"]), ' +
        "numeric instance is lower than the required minimum (minimum: 1, found: 0), " +
        'instance type (string) does not match any allowed primitive type (allowed: ["object"])]',
    );
    expect(body.not).to.equal(`$util.escapeJavaScript(${String(response.headers["x-amzn-RequestId"])})`);
    expect(aws).to.be.empty;
  });

  it("refuses a body that is empty or not JSON with 400", async () => {
    for (const body of ["nope", ""]) expect((await bench().api.handle(postOrder(body))).status).to.equal(400);
  });

  it("refuses a missing required parameter with 400", async () => {
    const { api } = bench();
    const response = await api.handle(request("GET", "/hooks/x"));
    expect([response.status, jsonOf(response)]).to.deep.equal([400, { message: "Missing required request parameters: [since]" }]);
    expect(jsonOf(await api.handle(request("GET", "/hooks/x?since=1")))).to.deep.equal({ name: "x", v: "7" });
  });

  it("refuses a body that is not JSON with 400 when a template parses it and the method has no model", async () => {
    const { api } = bench();
    const response = await api.handle(request("POST", "/free", { body: "nope" }));
    expect(response.status).to.equal(400);
    expect(jsonOf(response).title).to.match(/^Could not parse request body into json: /);
  });
});

describe("apigateway / AWS integration", () => {
  it("passes the parsed call, the role and the mapped headers", async () => {
    const roles: string[] = [];
    const calls: unknown[] = [];
    const { api } = bench(
      {},
      {
        invokeAws: async (call, role) => {
          calls.push(call);
          roles.push(role);
          return { status: 200, body: '{"FailedEntryCount":0}' };
        },
      },
    );
    await api.handle(postOrder(ORDER, { "User-Agent": "curl/8" }));
    expect(roles).to.deep.equal(["arn:aws:iam::123456789012:role/gateway"]);
    expect(calls[0]).to.include({ service: "events", action: "PutEvents", path: "/", method: "POST" });
    expect((calls[0] as { headers: unknown }).headers).to.deep.equal({ "x-caller": "curl/8" });
  });

  it("uses the matching integration response, with its header and template", async () => {
    const { api } = bench();
    const response = await api.handle(postOrder());
    expect(response.status).to.equal(202);
    expect(response.headers["X-Request-ID"]).to.equal(response.headers["x-amzn-RequestId"]);
    expect(jsonOf(response)).to.deep.equal({ requestId: response.headers["x-amzn-RequestId"], status: "accepted" });
  });

  it("turns a failed entry into 503 by responseOverride, although the call succeeded", async () => {
    const { api } = bench({}, { invokeAws: async () => ({ status: 200, body: '{"FailedEntryCount":1}' }) });
    const response = await api.handle(postOrder());
    expect(response.status).to.equal(503);
    expect(response.headers["Retry-After"]).to.equal("1");
  });

  describe("overrides", () => {
    const respondingWith = (template: string) => {
      const body = structuredClone(openApi);
      const { responses } = body.paths["/orders"].post["x-amazon-apigateway-integration"];
      responses["2\\d{2}"].responseTemplates["application/json"] = template;
      return bench({ body }).api.handle(postOrder());
    };
    const header = (name: string, value: string) => `#set($context.responseOverride.header.${name} = "${value}")`;

    it("apply one override of each parameter", async () => {
      const response = await respondingWith(
        `${header("X-A", "a")}${header("X-B", "b")}#set($context.responseOverride.status = 409){}`,
      );
      expect([response.status, response.headers["X-A"], response.headers["X-B"]]).to.deep.equal([409, "a", "b"]);
    });

    for (const [what, template] of [
      ["the same header", `${header("X-A", "a")}${header("X-A", "b")}{}`],
      ["the same header with the same value", `${header("X-A", "a")}${header("X-A", "a")}{}`],
      ["a header in another case", `${header("X-A", "a")}${header("x-a", "b")}{}`],
      ["a header by put()", `${header("X-A", "a")}#set($unused = $context.responseOverride.header.put("X-A", "b")){}`],
      ["the status", "#set($context.responseOverride.status = 400)#set($context.responseOverride.status = 404){}"],
      ["all headers at once", '#set($context.responseOverride.header = {"X-A": "a"}){}'],
    ] as const)
      it(`respond with 500 when a template overrides ${what} twice`, async () => {
        expect((await respondingWith(template)).status).to.equal(500);
      });

    it("respond with 500 for a status that HTTP does not have", async () => {
      expect((await respondingWith('#set($context.responseOverride.status = "no")x')).status).to.equal(500);
    });
  });

  it("uses the default response for any other status", async () => {
    const { api } = bench({}, { invokeAws: async () => ({ status: 400, body: '{"__type":"AccessDeniedException"}' }) });
    const response = await api.handle(postOrder());
    expect([response.status, jsonOf(response)]).to.deep.equal([503, { status: "refused" }]);
  });

  it("responds with 500 when the call fails, and logs the reason without returning it", async () => {
    const { api, log } = bench({}, { invokeAws: () => Promise.reject(new Error("the role does not exist")) });
    const response = await api.handle(postOrder());
    expect([response.status, jsonOf(response)]).to.deep.equal([500, { oops: "API_CONFIGURATION_ERROR" }]);
    expect(log[0]).to.include("the role does not exist");
  });

  it("responds with 504 after 29 seconds, and aborts the call", async () => {
    let aborted = false;
    const { api, clock } = bench(
      {},
      {
        invokeAws: (_call, _role, signal) => new Promise(() => signal.addEventListener("abort", () => (aborted = true))),
      },
    );
    const response = api.handle(postOrder());
    clock.move(28_999);
    expect(aborted).to.equal(false);
    clock.move(1);
    expect((await response).status).to.equal(504);
    expect(aborted).to.equal(true);
  });

  it("leaves no timer behind", async () => {
    const { api, clock } = bench();
    await api.handle(postOrder());
    expect(clock.waits).to.equal(0);
  });
});

describe("apigateway / Lambda proxy", () => {
  it("sends the version 1 event", async () => {
    const { api, lambda } = bench();
    const headers = { Host: "hub.local:4510", "X-A": "1", "User-Agent": "curl/8" };
    const asked = request("POST", "/dev/hooks/x?a=1&a=2&b=%20", { headers, body: "raw ✓" });
    const response = await api.handle({ ...asked, headers: [...asked.headers, ["X-A", "2"]] });
    const [call] = lambda;
    expect(call?.arn).to.equal("arn:aws:lambda:eu-west-1:123456789012:function:ingress");
    expect(call?.sourceArn).to.equal("arn:aws:execute-api:eu-west-1:123456789012:api123/dev/POST/hooks/*");
    const {
      requestContext,
      headers: sent,
      multiValueHeaders,
      ...event
    } = (call?.payload ?? {}) as Record<string, Record<string, unknown>>;
    expect(sent).to.include({ Host: "hub.local:4510", "X-A": "2", "User-Agent": "curl/8", "X-Forwarded-For": "127.0.0.1" });
    expect(sent?.["X-Amzn-Trace-Id"]).to.match(/^Root=1-6[0-9a-f]{7}-[0-9a-f]{24}$/);
    expect(multiValueHeaders).to.deep.include({ Host: ["hub.local:4510"], "X-A": ["1", "2"] });
    expect(event).to.deep.equal({
      resource: "/hooks/{name}",
      path: "/hooks/x",
      httpMethod: "POST",
      queryStringParameters: { a: "2", b: " " },
      multiValueQueryStringParameters: { a: ["1", "2"], b: [" "] },
      pathParameters: { name: "x" },
      stageVariables: { v: "7" },
      body: "raw ✓",
      isBase64Encoded: false,
    });
    expect(requestContext).to.include({
      accountId: "123456789012",
      apiId: "api123",
      stage: "dev",
      httpMethod: "POST",
      resourcePath: "/hooks/{name}",
      path: "/dev/hooks/x",
      domainName: "hub.local:4510",
      protocol: "HTTP/1.1",
      requestTime: "24/Nov/2026:01:02:03 +0000",
      requestTimeEpoch: Date.UTC(2026, 10, 24, 1, 2, 3),
      requestId: response.headers["x-amzn-RequestId"],
      extendedRequestId: response.headers["x-amz-apigw-id"],
    });
    expect(requestContext?.identity).to.include({ sourceIp: "127.0.0.1", userAgent: "curl/8", user: null });
    expect(requestContext?.identity).to.not.have.property("apiKey");
  });

  it("keeps the caller's trace, and appends to its X-Forwarded-For", async () => {
    const { api, lambda } = bench();
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    await api.handle(HOOK("{}", { "x-amzn-trace-id": trace, "x-forwarded-for": "10.0.0.1" }));
    expect(lambda[0]?.payload.headers).to.deep.equal({ "x-amzn-trace-id": trace, "X-Forwarded-For": "10.0.0.1, 127.0.0.1" });
  });

  it("sends null for absent values", async () => {
    const { api, lambda } = bench({ stage: { name: "dev" } });
    await api.handle(request("POST", "/hooks/fixed"));
    expect(lambda[0]?.payload).to.include({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
    });
  });

  it("sends a binary body in base64, byte for byte", async () => {
    const { api, lambda } = bench();
    const bytes = Buffer.from([0, 255, 128, 10]);
    await api.handle(HOOK(bytes, { "content-type": "application/octet-stream; x=1" }));
    expect(lambda[0]?.payload).to.include({ body: bytes.toString("base64"), isBase64Encoded: true });
  });

  const answered = async (payload: string, functionError?: string, accept = "*/*") => {
    const { api, log } = bench(
      {},
      { invokeLambda: async () => ({ payload, ...(functionError !== undefined && { functionError }) }) },
    );
    return { response: await api.handle(HOOK("{}", { Accept: accept })), log };
  };

  it("returns status, headers and body", async () => {
    const { response } = await answered(
      '{"statusCode":"201","headers":{"X-N":1},"multiValueHeaders":{"x-n":["a","b"]},"body":"hi"}',
    );
    expect(response.status).to.equal(201);
    expect(response.headers).to.deep.include({ "x-n": ["a", "b"], "Content-Type": "application/json" });
    expect(response.headers).to.not.have.property("X-N");
    expect(response.body.toString()).to.equal("hi");
  });

  it("decodes base64 only for a caller that accepts a binary type", async () => {
    const payload = '{"statusCode":200,"body":"aGk=","isBase64Encoded":true}';
    expect((await answered(payload, undefined, "application/octet-stream")).response.body.toString()).to.equal("hi");
    expect((await answered(payload, undefined, "text/html")).response.body.toString()).to.equal("aGk=");
  });

  for (const [what, payload] of Object.entries({
    "not JSON": "hi",
    null: "null",
    "a list": "[]",
    "no status": '{"body":"x"}',
    "a bad status": '{"statusCode":99}',
    "an object as body": '{"statusCode":200,"body":{}}',
    "an object as header": '{"statusCode":200,"headers":{"a":{}}}',
    "a line break in a header": '{"statusCode":200,"headers":{"a":"x\\ny"}}',
  })) {
    it(`responds with 502 for ${what}`, async () => {
      const { response, log } = await answered(payload);
      expect(response.status).to.equal(502);
      expect(jsonOf(response)).to.deep.equal({ oops: "API_CONFIGURATION_ERROR" });
      expect(log[0]).to.include("malformed Lambda proxy response");
    });
  }

  it("returns AWS's default body when DEFAULT_5XX is not customized", async () => {
    const body = { ...openApi, "x-amazon-apigateway-gateway-responses": {} };
    const { api } = bench({ body }, { invokeLambda: async () => ({ payload: "null" }) });
    const response = await api.handle(HOOK());
    expect([response.status, jsonOf(response)]).to.deep.equal([502, { message: "Internal server error" }]);
  });

  it("responds with 502 when the function fails, 500 when it may not be invoked, 504 on timeout", async () => {
    expect((await answered('{"errorMessage":"boom"}', "Unhandled")).response.status).to.equal(502);
    const denied = bench({}, { invokeLambda: () => Promise.reject(new Error("no permission")) });
    expect((await denied.api.handle(HOOK())).status).to.equal(500);
    const late = bench({}, { invokeLambda: () => new Promise(() => undefined) });
    const response = late.api.handle(HOOK());
    late.clock.move(1_000);
    expect((await response).status).to.equal(504);
  });
});

describe("apigateway / access log", () => {
  it("writes the stage's format, with a dash for absent values and escaped quotes", async () => {
    const accessLogFormat =
      '{"id":"$context.requestId","key":"$context.identity.apiKeyId","agent":"$context.identity.userAgent","status":$context.status,"user":"$context.authorizer.principalId","ms":$context.responseLatency,"err":"$context.error.responseType"}';
    const { api, access } = bench({ stage: { ...definition.stage, accessLogFormat } });
    const response = await api.handle(postOrder(ORDER, { "User-Agent": 'a "b"' }));
    await api.handle(request("GET", "/nope"));
    expect(JSON.parse(access[0] as string)).to.deep.equal({
      id: response.headers["x-amzn-RequestId"],
      key: "key-a",
      agent: 'a "b"',
      status: 202,
      user: "-",
      ms: 0,
      err: "-",
    });
    expect(JSON.parse(access[1] as string)).to.include({ status: 403, err: "MISSING_AUTHENTICATION_TOKEN" });
  });
});

describe("apigateway / definition", () => {
  const withIntegration =
    (change: object, responses: object = {}) =>
    () =>
      bench({
        body: { paths: { "/x": { get: { responses, "x-amazon-apigateway-integration": { type: "mock", ...change } } } } },
      });

  it("refuses by name what AWS refuses and what is not simulated", () => {
    const cases: [() => unknown, RegExp][] = [
      [withIntegration({ type: "http" }), /GET \/x: integration type "http" is not simulated/],
      [withIntegration({ connectionType: "VPC_LINK" }), /"connectionType" is not simulated/],
      [withIntegration({ timeoutInMillis: 30_000 }), /timeoutInMillis is 30000/],
      [withIntegration({ responses: { default: { statusCode: 200 } } }), /responds with 200, which the method does not declare/],
      [
        withIntegration(
          { responses: { default: { statusCode: 200, responseParameters: { "method.response.header.X": "'1'" } } } },
          { 200: {} },
        ),
        /sets the header X, which it does not declare/,
      ],
      [() => bench({ body: { "x-amazon-apigateway-api-key-source": "QUERY" } }), /source QUERY is unknown/],
    ];
    for (const [make, message] of cases) expect(make).to.throw(DefinitionError, message);
  });

  it("accepts the body as text", async () => {
    expect((await bench({ body: JSON.stringify(openApi) }).api.handle(postOrder())).status).to.equal(202);
  });
});
