import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { stringify } from "yaml";
import { type Checkout, checkout } from "../../checks/engine/checkout.ts";
import { Issuer } from "../runtime/functions/authorizer/issuer.ts";
import { eventually } from "./client.ts";
import { record } from "./recorder.ts";
import { dataFolder, hubHere } from "./support.ts";
import { startIssuer } from "./token-issuer.ts";

const FLOW = `import * as z from "zod";
import { api, event, flow, jwtAuth, step } from "../model/index.ts";

const RefundAsked = event("RefundAsked", z.object({ orderId: z.string() }));

export default flow("refunds", {
  summary: "Pays back; its callers show tokens.",
  owner: "tests",
  triggers: { refunds: api("POST /refunds", { emits: RefundAsked, auth: jwtAuth({ scopes: ["refunds:write"] }) }) },
  steps: { pay: step({ summary: "Pays.", on: RefundAsked, emits: [], handler: () => [] }) },
});
`;
const SCOPE = { scope: "refunds:write" };

describe("end to end / authentication", function () {
  this.timeout(300_000);
  type Hub = Awaited<ReturnType<typeof hubHere>>;
  let issuer: Issuer;
  let program: Checkout;
  let hub: Hub;
  let keys: Readonly<Record<string, string>>;
  const sent = new Set<string>();
  const stops: (() => unknown)[] = [];
  const data = dataFolder();

  before(async () => {
    const { issuer: started, stop } = await startIssuer();
    issuer = started;
    stops.push(stop);
    program = checkout();
    stops.push(() => program.drop());
    program.write("flows/refunds.ts", FLOW);
    const config = {
      "aws:region": "us-east-1",
      "hub:logLevel": "debug",
      "hub:consumers": {
        default: {},
        operations: {},
        partner: { clients: ["0oa7-partner"], throttle: { rate: 1, burst: 3 } },
        sparse: { quota: { limit: 2, period: "month" } },
      },
      "hub:operators": ["operations"],
      "hub:protect": false,
      "hub:egress": { addresses: 0 },
      // The web ACL answers a long body differently: see perimeter.test.ts.
      "hub:waf": { enabled: false, rateLimit: 1_000, bodyKilobytes: 64 },
      "hub:jwt": { issuer: issuer.url, audience: "hub", jwksUri: `${issuer.url}/keys`, tenantClaim: "org" },
    };
    program.write("Pulumi.dev.yaml", stringify({ config }));
    const recording = await record({ root: program.root });
    keys = recording.outputs.apiKeys as Record<string, string>;
    hub = await hubHere({ root: program.root, recording, data: data.dir });
    stops.push(hub.stop);
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
    data.remove();
  });

  const call = (method: string, path: string, headers: Readonly<Record<string, string>>, body?: unknown) => {
    for (const value of Object.values(headers)) if (value.length > 10) sent.add(value.replace(/^Bearer /, ""));
    return fetch(hub.client.url + path, {
      method,
      headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  };
  const by = (claims: Readonly<Record<string, unknown>> = {}) => ({
    authorization: `Bearer ${issuer.token({ client_id: "default", org: "acme", ...claims })}`,
  });
  const refund = (headers: Readonly<Record<string, string>>) => call("POST", "/refunds", headers, { orderId: "o-1" });
  const refused = async (answer: Response, status: number) => {
    expect(answer.status).to.equal(status);
    expect(answer.headers.get("content-type")).to.match(/^application\/problem\+json/);
    const problem = (await answer.json()) as { readonly requestId: string; readonly detail: string };
    expect(problem.requestId).to.equal(answer.headers.get("x-request-id"));
    return problem;
  };

  it("accepts a request with a token, and shows its status to its own tenant only", async () => {
    const accepted = await refund(by(SCOPE));
    expect(accepted.status, await accepted.clone().text()).to.equal(202);
    const { requestId } = (await accepted.json()) as { requestId: string };
    const found = await eventually("the request is completed", async () => {
      const answer = await call("GET", `/requests/${requestId}`, by());
      const state = answer.status === 200 ? ((await answer.json()) as { status: string; flow: string }) : undefined;
      return state?.status === "completed" ? state : undefined;
    });
    expect(found.flow).to.equal("refunds");
    const byCorrelation = `/requests?correlationId=${requestId}`;
    for (const headers of [by({ org: "other" }), { "x-api-key": keys.default ?? "" }]) {
      await refused(await call("GET", `/requests/${requestId}`, headers), 404);
      expect(await (await call("GET", byCorrelation, headers)).json()).to.deep.equal({ requests: [] });
    }
    // An operator, of whatever tenant, sees the dead letters and the trace of the request, and so the request by its id.
    const operator = by({ client_id: "operations", org: "x" });
    expect((await call("GET", `/requests/${requestId}`, operator)).status).to.equal(200);
    expect(await (await call("GET", byCorrelation, operator)).json()).to.deep.equal({ requests: [] });
  });

  it("requires the trigger's scope: 403 names the missing one", async () => {
    for (const scope of [undefined, "refunds:read", "refunds:write:all"]) {
      const { detail } = await refused(await refund(by({ scope })), 403);
      expect(detail).to.equal("The token lacks refunds:write.");
    }
  });

  it("answers 401 with the accepted scheme to a caller without a valid token", async () => {
    const forged = [
      "",
      "Bearer",
      "Bearer x.y.z",
      `Bearer ${issuer.hmacToken(issuer.publicPem)}`,
      `Bearer ${issuer.token({ ...SCOPE, client_id: "default", org: "acme" }, {}, Issuer.key("k1"))}`,
      by({ ...SCOPE, aud: "other" }).authorization,
      by({ ...SCOPE, exp: 1 }).authorization,
      by({ ...SCOPE, padding: "x".repeat(8_000) }).authorization,
    ];
    for (const authorization of forged) {
      const answer = await refund({ authorization });
      expect(answer.headers.get("www-authenticate")).to.match(/^Bearer realm=/);
      await refused(answer, 401);
    }
    await refused(await refund({ "x-api-key": keys.default ?? "" }), 401);
    await refused(await refund({}), 401);
  });

  it("answers 401 to a status request without credentials, or with an unknown key", async () => {
    await refused(await call("GET", "/requests/r-1", {}), 401);
    await refused(await call("GET", "/requests/r-1", { "x-api-key": "guessed-guessed-guessed" }), 401);
    await refused(await call("GET", "/requests/r-1", { "x-api-key": "" }), 401);
  });

  it("shows dead letters to tokens of an operator's client only", async () => {
    expect((await call("GET", "/ops/dead-letters", by({ client_id: "operations" }))).status).to.equal(200);
    await refused(await call("GET", "/ops/dead-letters", by()), 403);
    await refused(await call("GET", "/ops/dead-letters", { "x-api-key": keys.default ?? "" }), 403);
  });

  it("denies unknown clients, and tenants that are missing or malformed", async () => {
    expect((await refused(await refund(by({ ...SCOPE, client_id: "stranger" })), 403)).detail).to.match(/is not a consumer/);
    for (const org of ["acme.refunds", "webhook:refunds.x", undefined])
      expect((await refused(await refund(by({ ...SCOPE, org })), 403)).detail).to.match(/tenant is not 1 to 64/);
  });

  it("throttles a consumer's tokens by its own usage plan, and no other consumer's tokens", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => refund(by({ ...SCOPE, client_id: "0oa7-partner" }))));
    const throttled = answers.filter(({ status }) => status === 429);
    expect(throttled.length).to.be.at.least(10);
    expect(throttled[0]?.headers.get("retry-after")).to.equal("5");
    await refused(throttled[0] as Response, 429);
    expect((await refund(by(SCOPE))).status).to.equal(202);
  });

  it("refuses a consumer whose quota is used up: 429", async () => {
    const sparse = by({ ...SCOPE, client_id: "sparse" });
    expect([(await refund(sparse)).status, (await refund(sparse)).status]).to.deep.equal([202, 202]);
    const answer = await refund(sparse);
    expect(answer.headers.get("retry-after")).to.equal("3600");
    await refused(answer, 429);
    await refused(await call("GET", "/requests/r-1", { "x-api-key": keys.sparse ?? "" }), 429);
  });

  it("answers 413 to a body beyond the gateway's limit", async () => {
    const huge = await call("POST", "/refunds", by(SCOPE), { orderId: "x".repeat(10 * 1_024 * 1_024) });
    await refused(huge, 413);
  });

  it("writes neither keys nor tokens into any log", async () => {
    await eventually("the authorizer has logged", () =>
      hub.lines.find((line) => JSON.stringify(line.message).includes("TOKEN_AUDIENCE")),
    );
    const logs = JSON.stringify(hub.lines) + readFileSync(join(data.dir, "access", "api.jsonl"), "utf8");
    expect(sent.size).to.be.greaterThan(15);
    for (const text of sent) {
      expect(logs).not.to.include(text);
      const [, claims] = text.split(".");
      if (claims && claims.length > 10) expect(logs).not.to.include(claims);
    }
    expect(hub.problems.join("\n")).not.to.match(/eyJ/);
  });
});
