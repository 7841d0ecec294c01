import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import * as z from "zod";
import { describeThirdParty } from "../../../components/third-party/description.ts";
import type { ThirdPartyCall } from "../../../local/sandbox/fault-injection.ts";
import { type Sandbox, startSandbox } from "../../../local/sandbox/sandbox.ts";
import type { Call, SandboxOptions, ThirdParty } from "../../../local/sandbox/types.ts";
import {
  type AdapterOptions,
  type AnyAdapter,
  adapter,
  apiKey,
  basic as basicAuth,
  bearer,
  call,
  github,
  noAuth,
  oauth2ClientCredentials,
  stripe,
} from "../../../model/index.ts";
import { HandClock } from "../../emulator/apigateway/fixture.ts";

const described = (
  name: string,
  options: Omit<AdapterOptions<AnyAdapter["operations"]>, "timeout">,
  tokenUrl?: string,
): ThirdParty =>
  describeThirdParty(adapter(name, { ...options, timeout: "5 seconds" }), tokenUrl === undefined ? {} : { tokenUrl });

const erp = described(
  "erp",
  {
    baseUrl: "https://erp.example.com/api/v2",
    auth: oauth2ClientCredentials({ secret: "erp/oauth", tokenUrl: "/oauth/token", scope: "orders" }),
    operations: {
      registerOrder: call("POST /orders", {
        body: z.object({ reference: z.string(), cents: z.int() }),
        returns: z.object({ erpId: z.string() }),
        example: { erpId: "ERP-1" },
      }),
    },
  },
  "https://login.example.com/oauth/token",
);
const customers = described("customers", {
  baseUrl: "https://customers.example.com",
  auth: bearer({ secret: "customers/token" }),
  operations: {
    find: call("GET /customers/:id", {
      returns: z.object({ id: z.string(), name: z.string() }),
      example: { id: "C-1", name: "Ana" },
    }),
    me: call("GET /customers/me", { returns: z.object({ age: z.int().min(18) }) }),
    search: call("GET /search", { query: z.object({ limit: z.int().max(10) }), returns: z.unknown() }),
  },
});
const open = described("open", {
  baseUrl: "https://open.example.com/",
  auth: noAuth(),
  operations: {
    note: call("PUT /notes/:key", {
      returns: z.looseObject({ key: z.string().optional() }),
      example: { key: "k", at: "now" },
    }),
  },
});
const ping = call("GET /ping", { returns: z.unknown() });
const keyed = described("keyed", {
  baseUrl: "https://keyed.example.com",
  auth: apiKey({ secret: "keyed/key", header: "X-Their-Key" }),
  operations: { ping },
});
const basic = described("basic", {
  baseUrl: "https://keyed.example.com",
  auth: basicAuth({ secret: "basic/login" }),
  operations: { ping },
});

const SECRETS: Record<string, Record<string, string>> = {
  "erp/oauth": { clientId: "hub id", clientSecret: "p+w%:d" },
  "customers/token": { token: "t0ken" },
  "keyed/key": { apiKey: "k3y" },
  "basic/login": { username: "u", password: "p:w" },
  "stripe/webhook": { current: "whsec" },
  "git/webhook": { current: "gitsec" },
};

describe("sandbox", () => {
  let folder: string;
  let sandbox: Sandbox;
  let clock: HandClock;
  let hub: Server | undefined;

  const start = (options: Partial<SandboxOptions> = {}) =>
    startSandbox({
      port: 0,
      thirdParties: [erp, customers, open, keyed, basic],
      webhooks: [
        {
          flow: "payments",
          trigger: "stripe",
          route: "POST /hooks/stripe",
          verify: stripe({ secret: "stripe/webhook" }),
        },
        {
          flow: "payments",
          trigger: "git",
          route: "POST /hooks/git",
          verify: github({ secret: "git/webhook" }),
        },
      ],
      secret: (name) => SECRETS[name],
      dataFile: join(folder, "sandbox.db"),
      hubUrl: () => `http://127.0.0.1:${(hub?.address() as { port: number } | undefined)?.port ?? 1}`,
      clock,
      ...options,
    });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sandbox-"));
    clock = new HandClock();
    sandbox = await start();
  });
  afterEach(async () => {
    await sandbox.close();
    hub?.closeAllConnections();
    hub?.close();
    hub = undefined;
    rmSync(folder, { recursive: true });
  });

  const call = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${sandbox.port}${path}`, init);
  const json = async <T>(path: string, init?: RequestInit) => (await (await call(path, init)).json()) as T;
  const calls = (query = "") => json<Call[]>(`/_calls${query}`);
  const put = (fault: unknown) => call("/_faults", { method: "PUT", body: JSON.stringify(fault) });
  const note = (key: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
    call(`/open/notes/${key}`, { method: "PUT", headers, ...(signal && { signal }) });
  const count = async (target: string) => (await json<{ count: number }>(`/_effects?target=${target}`)).count;
  const CREDENTIALS = { clientId: "hub id", clientSecret: "p+w%:d" };
  const token = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    call("/erp/oauth/token", { method: "POST", headers, body: new URLSearchParams(form) });
  const accessToken = async () => {
    const response = await token({
      grant_type: "client_credentials",
      client_id: CREDENTIALS.clientId,
      client_secret: CREDENTIALS.clientSecret,
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const order = async (body: unknown, headers: Record<string, string> = {}) =>
    call("/erp/api/v2/orders", {
      method: "POST",
      headers: { authorization: `Bearer ${await accessToken()}`, ...headers },
      body: JSON.stringify(body),
    });
  const ORDER = { reference: "o-1", cents: 5 };

  describe("answers", () => {
    it("with the example, in which keys with the name of a path parameter have its value", async () => {
      const response = await call("/customers/customers/C%2F9", { headers: { authorization: "Bearer t0ken" } });
      expect([response.status, await response.json()]).to.deep.equal([200, { id: "C/9", name: "Ana" }]);
    });

    it("with a sample of `returns` if there is no example, and prefers the fixed segment", async () => {
      const me = await json<{ age: number }>("/customers/customers/me", { headers: { authorization: "Bearer t0ken" } });
      expect(me.age).to.be.at.least(18);
    });

    it("404 to an unknown path or method, with the operations, and lists the call", async () => {
      const response = await call("/erp/api/v2/nope");
      expect(response.status).to.equal(404);
      expect(((await response.json()) as { message: string }).message).to.include("POST /orders");
      expect((await calls())[0]).to.include({ target: "erp", operation: null, status: 404, effect: "none" });
      expect((await call("/nobody/x")).status).to.equal(404);
    });

    it("400 to a body or query that does not match its schema, with the fields", async () => {
      const response = await order({ cents: "5" });
      expect(response.status).to.equal(400);
      expect(((await response.json()) as { errors: unknown }).errors).to.deep.equal([
        { field: "", message: "must have required property 'reference'" },
        { field: "/cents", message: "must be integer" },
      ]);
      expect((await call("/customers/search?limit=11", { headers: { authorization: "Bearer t0ken" } })).status).to.equal(400);
      expect((await call("/customers/search?limit=10", { headers: { authorization: "Bearer t0ken" } })).status).to.equal(200);
      expect(await count("erp")).to.equal(0);
    });

    it("400 to a body that is missing or not JSON", async () => {
      const headers = { authorization: `Bearer ${await accessToken()}` };
      for (const body of ["nope", ""])
        expect((await call("/erp/api/v2/orders", { method: "POST", headers, body })).status).to.equal(400);
    });
  });

  describe("authenticates", () => {
    const basicOf = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    for (const [what, path, good, bad] of [
      ["bearer", "/customers/customers/1", { authorization: "bearer t0ken" }, { authorization: "Bearer other" }],
      ["api-key", "/keyed/ping", { "X-Their-Key": "k3y" }, { "x-their-key": "other" }],
      ["basic", "/basic/ping", { authorization: basicOf("u:p:w") }, { authorization: basicOf("u:p") }],
    ] as const) {
      it(what, async () => {
        expect((await call(path, { headers: good })).status).to.equal(200);
        expect((await call(path, { headers: bad })).status).to.equal(401);
        expect((await call(path)).status).to.equal(401);
        expect(JSON.stringify(await calls())).to.not.match(/t0ken|k3y|cDp3/);
      });
    }

    it("OAuth 2: issues a token by form or by Basic header, valid for an hour", async () => {
      const encoded = basicOf(`${encodeURIComponent("hub id").replace("%20", "+")}:${encodeURIComponent("p+w%:d")}`);
      for (const authorization of [encoded, basicOf("hub id:p+w%:d")]) {
        const response = await token({ grant_type: "client_credentials", scope: "orders" }, { authorization });
        expect(await response.json()).to.include({ token_type: "Bearer", expires_in: 3600, scope: "orders" });
      }
      const authorization = `Bearer ${await accessToken()}`;
      const post = () => call("/erp/api/v2/orders", { method: "POST", headers: { authorization }, body: JSON.stringify(ORDER) });
      expect((await post()).status).to.equal(200);
      clock.move(3_600_000);
      expect((await post()).status).to.equal(401);
    });

    it("OAuth 2: refuses wrong credentials and other grants with the codes of RFC 6749, and lists no secret", async () => {
      const wrong = await token({ grant_type: "client_credentials", client_id: "hub id", client_secret: "nope" });
      expect([wrong.status, await wrong.json()]).to.deep.equal([401, { error: "invalid_client" }]);
      const grant = await token({ grant_type: "password" });
      expect([grant.status, ((await grant.json()) as { error: string }).error]).to.deep.equal([400, "unsupported_grant_type"]);
      await accessToken();
      const listed = await calls("?target=erp&operation=token");
      expect(listed).to.have.length(3);
      expect(JSON.stringify(listed)).to.not.include("p+w");
    });

    it("uses a new value of a secret at once, and refuses every call without a value", async () => {
      SECRETS["customers/token"] = { token: "rotated" };
      expect((await call("/customers/customers/1", { headers: { authorization: "Bearer rotated" } })).status).to.equal(200);
      delete SECRETS["customers/token"];
      expect((await call("/customers/customers/1", { headers: { authorization: "Bearer undefined" } })).status).to.equal(401);
      SECRETS["customers/token"] = { token: "t0ken" };
    });
  });

  describe("remembers", () => {
    it("each call in order, filtered by target and correlation id", async () => {
      await order(ORDER, { "X-Correlation-ID": "c-1", "Idempotency-Key": "k-1" });
      await note("a", { "x-correlation-id": "c-2" });
      const [entry, ...more] = await calls("?correlationId=c-1");
      expect(more).to.be.empty;
      expect(entry).to.deep.include({
        target: "erp",
        operation: "registerOrder",
        method: "POST",
        path: "/erp/api/v2/orders",
        body: ORDER,
        status: 200,
        idempotencyKey: "k-1",
        effect: "applied",
        time: "2026-11-24T01:02:03.000Z",
      });
      expect(entry?.headers).to.include({ authorization: "***", "x-correlation-id": "c-1" });
      expect((await calls()).map(({ operation }) => operation)).to.deep.equal(["token", "registerOrder", "note"]);
      expect(await calls("?target=open")).to.have.length(1);
    });

    it("the answer for an idempotency key: one effect, and both calls listed", async () => {
      for (const key of ["k", "k", "other"])
        expect((await note(key === "k" ? "first" : "second", { "Idempotency-Key": key })).status).to.equal(200);
      const again = await note("changed", { "Idempotency-Key": "k" });
      expect(await again.json()).to.deep.equal({ key: "first", at: "now" });
      expect((await calls()).map(({ effect }) => effect)).to.deep.equal(["applied", "repeated", "applied", "repeated"]);
      expect(await count("open")).to.equal(2);
    });

    it("one effect for each call without a key, and none for a GET", async () => {
      await note("a");
      await note("a");
      await call("/customers/customers/1", { headers: { authorization: "Bearer t0ken", "Idempotency-Key": "x" } });
      expect(await json("/_effects")).to.deep.equal({ count: 2, operations: [{ target: "open", operation: "note", count: 2 }] });
    });

    it("calls, effects and keys across a restart", async () => {
      await note("a", { "Idempotency-Key": "k" });
      await sandbox.close();
      sandbox = await start();
      await note("b", { "Idempotency-Key": "k" });
      expect((await calls()).map(({ id, effect }) => [id, effect])).to.deep.equal([
        [1, "applied"],
        [2, "repeated"],
      ]);
      expect(await count("open")).to.equal(1);
    });

    it("effects one by one, with their correlation ids", async () => {
      await note("a", { "Idempotency-Key": "k", "X-Correlation-ID": "c-1" });
      await note("a", { "Idempotency-Key": "k", "X-Correlation-ID": "c-1" });
      await note("b");
      const first = { id: 1, target: "open", operation: "note", idempotencyKey: "k", correlationId: "c-1" };
      const second = { id: 2, target: "open", operation: "note", idempotencyKey: null, correlationId: null };
      expect(await json("/_effects/list")).to.deep.equal([first, second]);
      expect(await json("/_effects/list?after=1")).to.deep.equal([second]);
      expect((await call("/_effects/list?after=x")).status).to.equal(400);
    });

    it("nothing that was deleted", async () => {
      await note("a", { "Idempotency-Key": "k" });
      expect((await call("/_calls", { method: "DELETE" })).status).to.equal(204);
      expect([await calls(), await count("open")]).to.deep.equal([[], 1]);
      await call("/_effects", { method: "DELETE" });
      expect(await count("open")).to.equal(0);
      await note("a", { "Idempotency-Key": "k" });
      expect((await calls())[0]?.effect).to.equal("applied");
    });
  });

  describe("faults", () => {
    it("can be injected, and precede one set with PUT /_faults", async () => {
      await sandbox.close();
      const asked: ThirdPartyCall[] = [];
      sandbox = await start({
        faultInjection: {
          thirdParty(call) {
            asked.push(call);
            return call.idempotencyKey === "k" ? { target: "open", operation: "note", mode: "error", status: 503 } : undefined;
          },
        },
      });
      await put({ target: "open", mode: "error", status: 500 });
      expect([(await note("a", { "Idempotency-Key": "k" })).status, (await note("a")).status]).to.deep.equal([503, 500]);
      expect(asked[0]).to.deep.equal({
        target: "open",
        operation: "note",
        method: "PUT",
        path: "/open/notes/a",
        idempotencyKey: "k",
      });
    });

    it("error: answers with the given status, without effect, the given number of times", async () => {
      await put({ target: "open", mode: "error", status: 503, times: 2 });
      expect([(await note("a")).status, (await note("a")).status, (await note("a")).status]).to.deep.equal([503, 503, 200]);
      expect(await count("open")).to.equal(1);
      expect(await json("/_faults")).to.deep.equal([]);
    });

    it("rate-limit: answers 429 with Retry-After", async () => {
      await put({ target: "open", mode: "rate-limit", retryAfter: 7 });
      const response = await note("a");
      expect([response.status, response.headers.get("retry-after")]).to.deep.equal([429, "7"]);
    });

    it("slow: answers after the delay, not before", async () => {
      await put({ target: "open", mode: "slow", delayMs: 5_000 });
      const answer = note("a");
      while (clock.waits === 0) await new Promise((resolve) => setImmediate(resolve));
      clock.move(4_999);
      expect((await calls())[0]).to.include({ status: null, effect: "none" });
      clock.move(1);
      expect((await answer).status).to.equal(200);
    });

    const unanswered = async (mode: string) => {
      await put({ target: "open", mode });
      const stop = new AbortController();
      const answer = note("a", { "Idempotency-Key": "k" }, stop.signal).catch((error: Error) => error.name);
      while ((await calls()).length === 0) await new Promise((resolve) => setImmediate(resolve));
      const [entry] = await calls();
      stop.abort();
      expect(await answer).to.equal("AbortError");
      return entry;
    };

    it("hang: never answers, without effect", async () => {
      expect(await unanswered("hang")).to.include({ status: null, effect: "none" });
      expect(await count("open")).to.equal(0);
    });

    it("after-timeout: has its effect and never answers, and a repetition gets the answer", async () => {
      expect(await unanswered("after-timeout")).to.include({ status: null, effect: "applied" });
      await put({ target: "open", mode: "ok" });
      expect((await note("b", { "Idempotency-Key": "k" })).status).to.equal(200);
      expect((await calls()).map(({ effect }) => effect)).to.deep.equal(["applied", "repeated"]);
      expect(await count("open")).to.equal(1);
    });

    it("invalid: answers with JSON that does not match `returns`, or with HTML if everything matches", async () => {
      await put({ target: "customers", mode: "invalid" });
      const headers = { authorization: "Bearer t0ken" };
      expect(await json("/customers/customers/1", { headers })).to.deep.equal({
        unexpected: "an answer that is wrong on purpose",
      });
      expect((await call("/customers/search?limit=1", { headers })).headers.get("content-type")).to.equal("text/html");
      await put({ target: "open", mode: "invalid" });
      expect(await (await note("a")).json()).to.be.an("array");
    });

    it("can be set for one operation; ok for the third party ends them, too", async () => {
      await put({ target: "customers", operation: "find", mode: "error" });
      await put({ target: "erp", operation: "token", mode: "error", status: 503 });
      const headers = { authorization: "Bearer t0ken" };
      expect((await call("/customers/customers/1", { headers })).status).to.equal(500);
      expect((await call("/customers/search?limit=1", { headers })).status).to.equal(200);
      expect((await token({ grant_type: "client_credentials" })).status).to.equal(503);
      await put({ target: "customers", mode: "ok" });
      expect((await call("/customers/customers/1", { headers })).status).to.equal(200);
      expect(await json("/_faults")).to.deep.equal([{ target: "erp", operation: "token", mode: "error", status: 503 }]);
    });

    it("can end at a time, and have a probability", async () => {
      await put({ target: "open", mode: "error", until: "2026-11-24T01:02:04Z" });
      expect((await note("a")).status).to.equal(500);
      clock.move(1_000);
      expect((await note("a")).status).to.equal(200);
      await sandbox.close();
      const draws = [0.49, 0.5];
      sandbox = await start({ random: () => draws.shift() as number });
      await put({ target: "open", mode: "error", probability: 0.5 });
      expect([(await note("a")).status, (await note("a")).status]).to.deep.equal([500, 200]);
    });

    it("are refused with every problem", async () => {
      const problems = async (fault: unknown) => {
        const response = await put(fault);
        expect(response.status).to.equal(400);
        return ((await response.json()) as { problems: string[] }).problems;
      };
      expect(await problems({ target: "nobody", mode: "ok" })).to.deep.equal([
        'Unknown third party "nobody". Use one of: erp, customers, open, keyed, basic.',
      ]);
      expect(await problems({ target: "erp", operation: "x", mode: "slow", status: 500 })).to.deep.equal([
        'erp has no operation "x". Use one of: registerOrder, token.',
        '"status" belongs to mode "error", but the mode is "slow". Leave it out.',
      ]);
      expect(await problems({ mode: "explode", status: 200, extra: 1 })).to.have.length(4);
      expect((await call("/_faults", { method: "PUT", body: "{" })).status).to.equal(400);
      expect(await json("/_faults")).to.deep.equal([]);
    });
  });

  describe("webhooks", () => {
    const received: { url: string; headers: Record<string, unknown>; body: string }[] = [];
    const startHub = async () => {
      received.length = 0;
      hub = createServer(async (request, response) => {
        let body = "";
        for await (const chunk of request) body += String(chunk);
        received.push({ url: `${request.method} ${request.url}`, headers: request.headers, body });
        response.writeHead(202, { "x-request-id": "r-1", "content-type": "application/json" }).end('{"status":"accepted"}');
      }).listen(0, "127.0.0.1");
      await once(hub, "listening");
    };
    const hmac = (key: string, text: string) => createHmac("sha256", key).update(text).digest("hex");

    it("stripe: signs time and raw body, and returns the answer of the hub", async () => {
      await startHub();
      const body = '{ "id":  "evt_1" }';
      const response = await call("/_webhooks/payments/stripe", { method: "POST", body, headers: { "x-correlation-id": "c" } });
      expect([response.status, await response.json(), response.headers.get("x-request-id")]).to.deep.equal([
        202,
        { status: "accepted" },
        "r-1",
      ]);
      expect(received[0]).to.include({ url: "POST /hooks/stripe", body });
      const [, time = "", signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(received[0]?.headers["stripe-signature"])) ?? [];
      expect(signature).to.equal(hmac("whsec", `${time}.${body}`));
      expect(received[0]?.headers["x-correlation-id"]).to.equal("c");
    });

    it("github: signs the raw body, and generates a delivery id", async () => {
      await startHub();
      await call("/_webhooks/payments/git", { method: "POST", body: '{"é":1}' });
      expect(received[0]?.headers["x-hub-signature-256"]).to.equal(`sha256=${hmac("gitsec", '{"é":1}')}`);
      expect(received[0]?.headers["x-github-delivery"]).to.match(/^[0-9a-f-]{36}$/);
    });

    it("reports an unknown webhook, a body that is not JSON, and a hub that does not answer", async () => {
      const unknown = await call("/_webhooks/payments/nope", { method: "POST", body: "{}" });
      expect([unknown.status, ((await unknown.json()) as { message: string }).message]).to.deep.equal([
        404,
        "Unknown webhook. Use one of: POST /_webhooks/payments/stripe, POST /_webhooks/payments/git.",
      ]);
      expect((await call("/_webhooks/payments/stripe", { method: "POST", body: "nope" })).status).to.equal(400);
      expect((await call("/_webhooks/payments/stripe", { method: "POST", body: "{}" })).status).to.equal(502);
    });
  });

  it("lists its routes at GET /", async () => {
    const text = await (await call("/")).text();
    expect(text).to.include(`POST http://127.0.0.1:${sandbox.port}/erp/api/v2/orders`);
    expect(text).to.include("/erp/oauth/token").and.include("/_webhooks/payments/stripe (stripe)".replace(" (", "   ("));
  });

  it("reports a port in use, and closes its file", async () => {
    const other = join(folder, "other.db");
    const error = await start({ port: sandbox.port, dataFile: other }).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    expect(error?.code).to.equal("EADDRINUSE");
    await (await start({ dataFile: other })).close();
  });
});
