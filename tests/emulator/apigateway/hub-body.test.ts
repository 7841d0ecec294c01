import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as fc from "fast-check";
import { before, describe, it } from "mocha";
import * as z from "zod";
import { openApi } from "../../../components/gateway/open-api.ts";
import type { FlowRoute } from "../../../components/gateway/route.ts";
import type { RestApiPorts } from "../../../emulator/apigateway/types.ts";
import { event } from "../../../model/index.ts";
import { AUTHORIZER_URI, bench, contextOf, identityOf, jsonOf, LAMBDA_URI, request } from "./fixture.ts";

const Anything = event("Anything", z.object({}));
const OrderPlaced = event("OrderPlaced", z.object({ orderId: z.string().min(1), note: z.string().optional() }));

/** The OpenAPI body that the hub's components create. */
describe("apigateway / the hub's OpenAPI body", () => {
  let body: string;
  before(async () => {
    const role = { arn: pulumi.output("arn:aws:iam::123456789012:role/gateway") };
    const api = (trigger: string, route: string, emitted: unknown, admission = false) => ({
      admission,
      kind: "api",
      flow: "my-flow",
      trigger,
      route,
      summary: undefined,
      graphId: pulumi.output("abc"),
      parameters: { path: {}, query: {}, body: true },
      event: emitted,
      auth: { kind: "api-key" },
      role,
    });
    const routes = [
      api("any", "POST /any", Anything),
      api("orders", "POST /orders", OrderPlaced),
      api("behind", "POST /behind", OrderPlaced, true),
      {
        kind: "webhook",
        name: "x",
        flow: "my-flow",
        trigger: "hook",
        route: "POST /hooks/x",
        summary: undefined,
        function: { invokeArn: pulumi.output(LAMBDA_URI) },
      },
    ] as unknown as FlowRoute[];
    const options = {
      title: "hub",
      busName: "the-bus",
      busArn: pulumi.output("arn:aws:events:eu-west-1:123456789012:event-bus/the-bus"),
      routes,
      opsArn:
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:ops/invocations",
      statusArn: LAMBDA_URI,
      authorizerArn: AUTHORIZER_URI,
    };
    body = await new Promise<string>((resolve) => openApi(options).apply(resolve));
  });

  const start = (ports: Partial<RestApiPorts> = {}) => bench({ body }, ports);
  const post = (path: string, sent: unknown, headers: Record<string, string> = {}) =>
    request("POST", path, {
      headers: { "x-api-key": "secret-a", "Content-Type": "application/json", ...headers },
      body: typeof sent === "string" ? sent : JSON.stringify(sent),
    });
  const entryOf = (text: string | undefined) => {
    const { Entries } = JSON.parse(text ?? "") as {
      Entries: { Source: string; DetailType: string; EventBusName: string; Detail: string; TraceHeader?: string }[];
    };
    expect(Entries).to.have.length(1);
    const [entry] = Entries as [(typeof Entries)[0]];
    return { ...entry, detail: JSON.parse(entry.Detail) as { metadata: Record<string, unknown>; data: unknown } };
  };

  it("publishes the envelope and answers 202", async () => {
    const { api, aws } = start();
    const response = await api.handle(post("/orders", { orderId: "o-1" }, { "X-Correlation-ID": "c-1" }));
    const requestId = response.headers["x-amzn-RequestId"];
    expect(response.status, response.body.toString()).to.equal(202);
    expect(jsonOf(response)).to.include({ requestId, correlationId: "c-1", status: "accepted" });
    const { statusUrl } = jsonOf(response) as { statusUrl: string };
    expect(statusUrl).to.match(/^https:\/\/[^/]+\/[^/]+\/requests\/[^/]+$/);
    // As it is printed, it can be copied.
    expect(String(response.body)).to.include(`"statusUrl":"${statusUrl}"`);
    expect(response.headers).to.include({ "X-Request-ID": requestId, "X-Correlation-ID": "c-1", Location: statusUrl });
    expect(aws[0]).to.include({ service: "events", action: "PutEvents" });
    expect(aws[0]?.headers["x-amz-target"]).to.equal("AWSEvents.PutEvents");
    const entry = entryOf(aws[0]?.body);
    expect(entry).to.include({ Source: "hub.my-flow", DetailType: "OrderPlaced", EventBusName: "the-bus" });
    expect(entry.detail.metadata).to.include({
      eventId: requestId,
      requestId,
      correlationId: "c-1",
      tenant: "acme",
      step: "trigger:orders",
      hop: 0,
    });
    expect(entry.detail.data).to.deep.equal({ orderId: "o-1" });
  });

  it("links to the gateway's own trace, and lets no caller decide about sampling", async () => {
    const { api, aws } = start();
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    await api.handle(post("/any", {}, { "x-amzn-trace-id": trace, traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` }));
    const { detail, TraceHeader } = entryOf(aws[0]?.body);
    expect(TraceHeader).to.equal(undefined);
    expect(detail.metadata.traceparent).to.equal("00-5759e988bd862e3fe1be46a994272793-e1be46a994272793-01");
  });

  it("replaces an invalid correlation id by the request id, and an invalid trace by one of its own", async () => {
    for (const evil of [
      'x","requestId":"stolen',
      "$context.identity.apiKey",
      "#set($x = 1)",
      "it's",
      "\\",
      "",
      "a".repeat(129),
      "é",
    ]) {
      const { api, aws } = start();
      const response = await api.handle(post("/any", {}, { "x-correlation-id": evil, "x-amzn-trace-id": evil }));
      expect(response.status, response.body.toString()).to.equal(202);
      expect(response.headers["X-Correlation-ID"]).to.equal(response.headers["x-amzn-RequestId"]);
      const { detail, TraceHeader } = entryOf(aws[0]?.body);
      expect(detail.metadata.correlationId).to.equal(detail.metadata.requestId);
      expect(TraceHeader).to.equal(undefined);
      expect(detail.metadata.traceparent).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
  });

  it("publishes any object unchanged, with any headers", async () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary" }).filter((text) => !/[\ufffe\uffff]/.test(text)),
      fc.constantFrom("it's", "\\'", '"', "$input.json('$')", "#set($data = 1)", "${x}", "\u2028", "\n", "/", "</a>"),
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        nasty,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value")),
        fc.dictionary(nasty, tie("value")),
      ),
    })).value;
    const { api, aws } = start();
    await fc.assert(
      fc.asyncProperty(fc.dictionary(nasty, json), nasty, nasty, async (sent, userAgent, correlationId) => {
        const text = JSON.stringify(sent);
        const response = await api.handle(
          post("/any", text, { "User-Agent": userAgent, "X-Correlation-ID": correlationId, Host: userAgent }),
        );
        expect(response.status, response.body.toString()).to.equal(202);
        jsonOf(response);
        const { detail } = entryOf(aws.at(-1)?.body);
        expect(detail.data).to.deep.equal(JSON.parse(text));
        expect(detail.metadata.requestId).to.equal(response.headers["x-amzn-RequestId"]);
        expect(Object.keys(detail)).to.deep.equal(["metadata", "data"]);
      }),
      { numRuns: 200 },
    );
  });

  it("refuses characters that no event can contain with 400, by a call that stores nothing", async () => {
    const unfit = ["\ud800", "\udc00x", "x\ud800x", "\ufffe", "\uffff", "\\\ud800", '"\uffff'];
    for (const sent of [...unfit.map((text) => ({ a: [{ b: text }] })), ...unfit.map((text) => ({ [text]: 1 }))]) {
      const failed = { FailedEntryCount: 1, Entries: [{ ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." }] };
      const bodies: string[] = [];
      const { api } = start({
        invokeAws: async ({ body }) => {
          bodies.push(body);
          return { status: 200, body: JSON.stringify(failed) };
        },
      });
      const response = await api.handle(post("/any", sent));
      expect(JSON.parse(bodies[0] ?? ""), JSON.stringify(sent)).to.deep.equal({
        Entries: [{ Source: "hub.my-flow", DetailType: "Anything", EventBusName: "the-bus", Detail: "unfit" }],
      });
      expect([response.status, response.headers["Content-Type"]]).to.deep.equal([400, "application/problem+json"]);
      expect(jsonOf(response)).to.include({ status: 400, requestId: response.headers["x-amzn-RequestId"] });
    }
  });

  it("accepts similar characters: escaped escapes, surrogate pairs, and neighboring characters", async () => {
    const { api, aws } = start();
    for (const text of ["\\ud800", "\\uffff", "\u{1f600}", "\ufffd", "\ufdd0", "\u{1fffe}", "\ud7ff", "\ue000"]) {
      const response = await api.handle(post("/any", { [text]: text }));
      expect(response.status, text).to.equal(202);
      expect(entryOf(aws.at(-1)?.body).detail.data).to.deep.equal({ [text]: text });
    }
  });

  it("refuses a body that is nested too deeply with 400", async () => {
    const { api } = start();
    for (const depth of [1_001, 20_000])
      expect((await api.handle(post("/any", `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`))).status).to.equal(400);
    expect((await api.handle(post("/any", `{"a":${"[".repeat(900)}${"]".repeat(900)}}`))).status).to.equal(202);
  });

  it("returns the gateway's own errors as problem details", async () => {
    const { api, aws } = start();
    const cases = [
      [post("/orders", { note: 'a "quoted" \\ note' }), 400],
      [post("/orders", { orderId: 'x"\\', note: 5 }), 400],
      [post("/orders", "nope"), 400],
      [post("/orders", "<x/>", { "Content-Type": "text/xml" }), 415],
      [post("/orders", {}, { "x-api-key": "wrong" }), 401],
      [request("POST", "/orders", { body: "{}" }), 401],
      [post("/orders", { orderId: "1" }, { "Idempotency-Key": "a b" }), 400],
      [post("/none", {}), 404],
    ] as const;
    for (const [asked, status] of cases) {
      const response = await api.handle(asked);
      expect(response.status).to.equal(status);
      expect(response.headers["Content-Type"]).to.equal("application/problem+json");
      expect(jsonOf(response)).to.include({ status, requestId: response.headers["x-amzn-RequestId"] });
    }
    // The template detects an invalid key, and its call stores nothing.
    expect(aws.map(({ body }) => JSON.parse(body) as unknown)).to.deep.equal([{ Entries: [] }]);
  });

  it("returns problem details for what AWS's rule groups block, and the web ACL's own response where a rule has one", async () => {
    const { api } = start();
    const response = { status: 403, headers: {}, body: Buffer.from("{}") };
    const filtered = await api.handle(post("/any", {}), { code: "WAF_BLOCK", response, filtered: true });
    expect([filtered.status, filtered.headers["Content-Type"]]).to.deep.equal([403, "application/problem+json"]);
    expect(jsonOf(filtered)).to.include({ status: 403, detail: "The request was refused by the firewall." });
    expect(await api.handle(post("/any", {}), { code: "WAF_BLOCK", response })).to.include({ status: 403, body: response.body });
  });

  it("asks the authorizer once a minute for a key on a status route, and never answers one caller by another's permission", async () => {
    const asked: string[] = [];
    const tenants: unknown[] = [];
    const KEYS: Readonly<Record<string, string>> = { "secret-a": "acme", "secret-b": "other" };
    const { api, clock } = bench(
      {
        body,
        apiKeys: Object.keys(KEYS).map((value) => ({ id: value, value })),
        usagePlans: [{ id: "p", apiKeyIds: Object.keys(KEYS) }],
      },
      {
        invokeLambda: async (arn, payload) => {
          const event = JSON.parse(payload) as {
            readonly methodArn: string;
            readonly headers: Readonly<Record<string, string>>;
            readonly requestContext: { readonly authorizer?: { readonly tenant: string } };
          };
          if (!arn.endsWith(":authorizer")) {
            tenants.push(event.requestContext.authorizer?.tenant);
            return { payload: '{"statusCode":200}' };
          }
          const key = event.headers["x-api-key"] ?? "";
          asked.push(`${key} ${event.methodArn.split("/").slice(2, 4).join(" ")}`);
          const tenant = KEYS[key];
          if (!tenant) return { payload: '{"errorMessage":"Unauthorized"}', functionError: "Unhandled" };
          const Resource = event.methodArn.replace(/\/requests\/.*$/, "/requests/*");
          const policyDocument = {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource }],
          };
          return { payload: JSON.stringify({ principalId: key, policyDocument, context: { tenant }, usageIdentifierKey: key }) };
        },
      },
    );
    const get = async (path: string, key?: string) =>
      (await api.handle(request("GET", path, { headers: key === undefined ? {} : { "x-api-key": key } }))).status;
    expect(await get("/requests/1", "secret-a")).to.equal(200);
    expect(await get("/requests/2", "secret-a")).to.equal(200);
    expect(await get("/requests/1", "secret-b")).to.equal(200);
    expect(await get("/requests/1", "secret-c")).to.equal(401);
    expect(await get("/requests/1")).to.equal(401);
    expect(await get("/requests", "secret-a")).to.equal(200);
    expect(tenants).to.deep.equal(["acme", "acme", "other", "acme"]);
    expect(asked).to.deep.equal([
      "secret-a GET requests",
      "secret-b GET requests",
      "secret-c GET requests",
      "secret-a GET requests",
    ]);
    clock.move(61_000);
    await get("/requests/1", "secret-a");
    expect(asked).to.have.length(5);
    for (let call = 0; call < 2; call++) await get("/ops/dead-letters", "secret-a");
    expect(asked).to.have.length(7);
  });

  it("names the authentication schemes to an unauthenticated caller, and does not log the key", async () => {
    const { api, log } = start();
    const response = await api.handle(post("/orders", {}, { "x-api-key": "hush-hush" }));
    expect(response.headers["WWW-Authenticate"]).to.match(/^Bearer realm="[\w-]+", ApiKey realm="[\w-]+"$/);
    expect(response.body.toString() + log.join("")).not.to.include("hush-hush");
  });

  describe("the Idempotency-Key", () => {
    it("is refused when two that differ come, and counts once when both are equal", async () => {
      const two = (first: string, second: string) =>
        request("POST", "/any", {
          headers: {
            "x-api-key": "secret-a",
            "Content-Type": "application/json",
            "Idempotency-Key": first,
            "idempotency-key": second,
          },
          body: "{}",
        });
      const { api } = start();
      const refused = await api.handle(two("a", "b"));
      expect(refused.status).to.equal(400);
      expect(jsonOf(refused).detail).to.match(/Idempotency-Key is not one value/);
      for (const [first, second] of [
        ["order-1", "order-10"],
        ['"a"', "b"],
        ["A", "a"],
      ] as const)
        expect((await api.handle(two(first, second))).status, `${first} and ${second}`).to.equal(400);
      const back = await api.handle(two("b", "a"));
      expect(back.status).to.equal(400);
      const taken = await api.handle(two("a", '"a"'));
      expect(taken.status).to.equal(202);
    });

    const KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324";
    const ID = `acme.my-flow.orders.${KEY}`;

    it("determines the request id together with tenant, flow and trigger, with or without quotes", async () => {
      const { api, aws } = start();
      for (const [name, value] of [
        ["Idempotency-Key", KEY],
        ["idempotency-key", `"${KEY}"`],
      ] as const) {
        const response = await api.handle(post("/orders", { orderId: "o-1" }, { [name]: value }));
        expect(response.status, response.body.toString()).to.equal(202);
        expect(jsonOf(response)).to.include({ requestId: ID, correlationId: ID });
        expect(jsonOf(response).statusUrl).to.match(new RegExp(`/requests/${ID}$`));
        expect(response.headers).to.include({ "X-Request-ID": ID, "X-Correlation-ID": ID });
        expect(entryOf(aws.at(-1)?.body).detail.metadata).to.include({ eventId: ID, requestId: ID, tenant: "acme" });
      }
    });

    it("applies to one trigger: the same key at another trigger is another request", async () => {
      const { api } = start();
      const response = await api.handle(post("/any", {}, { "Idempotency-Key": KEY }));
      expect(jsonOf(response).requestId).to.equal(`acme.my-flow.any.${KEY}`);
    });

    it("is refused in another form, and can't name a request of another tenant", async () => {
      for (const evil of [
        "",
        '""',
        '"half',
        "a.b",
        "other.my-flow.orders.x",
        "../x",
        "a,b",
        "#set($tenant = 'other')",
        "${tenant}",
        "$tenant",
        "it's",
        "\\",
        "a".repeat(129),
        "é",
        "x#y",
      ]) {
        const { api, aws } = start();
        const response = await api.handle(post("/any", {}, { "Idempotency-Key": evil }));
        expect(response.status, evil).to.equal(400);
        expect(response.headers["Content-Type"]).to.equal("application/problem+json");
        expect(jsonOf(response).detail).to.match(/Idempotency-Key/);
        expect(JSON.parse(aws[0]?.body ?? ""), evil).to.deep.equal({ Entries: [] });
      }
    });
  });

  it("responds with 503 and Retry-After when the bus refuses the event, by status or by entry", async () => {
    for (const answer of [
      { status: 200, body: '{"FailedEntryCount":1}' },
      { status: 400, body: '{"__type":"ThrottlingException"}' },
    ]) {
      const response = await start({ invokeAws: async () => answer }).api.handle(post("/any", {}, { "X-Correlation-ID": "c" }));
      expect(response.status).to.equal(503);
      expect(response.headers).to.include({
        "Content-Type": "application/problem+json",
        "Retry-After": "5",
        "X-Correlation-ID": "c",
      });
      expect(jsonOf(response)).to.include({ status: 503, requestId: response.headers["x-amzn-RequestId"] });
    }
  });

  it("responds with 503 and the time to wait, by a call that stores nothing, while the flow is behind", async () => {
    for (const [path, retryAfter, status] of [
      ["/behind", "90", 503],
      ["/behind", undefined, 202],
      ["/behind", "0", 202],
      ["/orders", "90", 202],
    ] as const) {
      const stored: unknown[] = [];
      const invokeAws: RestApiPorts["invokeAws"] = async ({ body: sent }) => {
        const { Entries } = JSON.parse(sent) as { readonly Entries: readonly unknown[] };
        stored.push(...Entries);
        return Entries.length === 0
          ? { status: 400, body: '{"__type":"ValidationException"}' }
          : { status: 200, body: '{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}' };
      };
      const { api } = bench({ body }, { invokeAws }, retryAfter === undefined ? {} : { retryAfter });
      const response = await api.handle(post(path, { orderId: "1" }, { "X-Correlation-ID": "c", "Idempotency-Key": "k" }));
      expect([path, retryAfter, response.status, stored.length]).to.deep.equal([
        path,
        retryAfter,
        status,
        status === 202 ? 1 : 0,
      ]);
      if (status !== 503) continue;
      expect(response.headers).to.include({
        "Content-Type": "application/problem+json",
        "Retry-After": "90",
        "X-Correlation-ID": "c",
      });
      expect(jsonOf(response)).to.deep.equal({
        type: "about:blank",
        title: "Service Unavailable",
        status: 503,
        detail: "The flow is behind with earlier requests, and this one was not stored. Send it again after 90 seconds.",
        requestId: response.headers["x-amzn-RequestId"],
      });
    }
  });

  it("returns the call's own id when it refuses the call, not the request id that the key determines", async () => {
    const { api } = start({ invokeAws: async () => ({ status: 200, body: '{"FailedEntryCount":1}' }) });
    for (const [key, status] of [
      ["kept-1", 503],
      ["not a key", 400],
    ] as const) {
      const { headers, ...response } = await api.handle(post("/any", {}, { "Idempotency-Key": key }));
      expect(response.status).to.equal(status);
      expect([headers["X-Request-ID"], jsonOf({ headers, ...response }).requestId]).to.deep.equal([
        headers["x-amzn-RequestId"],
        headers["x-amzn-RequestId"],
      ]);
    }
  });

  it("passes webhooks and status requests to their functions", async () => {
    const { api, lambda } = start();
    await api.handle(request("POST", "/hooks/x", { body: '{ "a":  1 }' }));
    await api.handle(request("GET", "/dev/requests/r-1", { headers: { "x-api-key": "secret-a" } }));
    expect(lambda[0]?.payload.body).to.equal('{ "a":  1 }');
    expect(lambda[1]?.sourceArn).to.match(/api123\/dev\/GET\/requests\/\*$/);
    expect(identityOf(lambda[1])).to.include({ apiKeyId: "key-a" });
    expect(contextOf(lambda[0])).not.to.have.property("authorizer");
    expect(contextOf(lambda[1]).authorizer).to.deep.equal({
      tenant: "acme",
      consumer: "shop",
      operator: "false",
      principalId: "shop",
    });
  });
});
