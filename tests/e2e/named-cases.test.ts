import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { isFirst, malformed, requestOf } from "../../checks/fuzz/bus-check.ts";
import { CARRIED_BODIES, HEADERS, order, REFUSED_BODIES, TRICKS, TYPES, withBody } from "../../checks/fuzz/cases.ts";
import { type HardenedHub, hardenedHub } from "../../checks/fuzz/hardened-hub.ts";
import { JSON_TYPE, keyOf, type ProbeRequest, probe } from "../../checks/fuzz/probe.ts";
import type { RawAnswer } from "../../checks/fuzz/raw-http.ts";
import { SIGNED } from "../../checks/fuzz/sign.ts";
import { FORGERIES, soundToken } from "../../checks/fuzz/tokens.ts";

/** The web ACL answers with these; it sets neither the content type nor the request id. */
const BY_THE_FIREWALL = [413];
const HOUR = 3_600;

describe("hardening / named cases", function () {
  this.timeout(300_000);
  let hub: HardenedHub;
  /** Every credential that was sent; no log may contain one. */
  const credentials = new Set<string>();
  before(async () => {
    hub = await hardenedHub();
  });
  after(() => hub?.stop());

  const call = ({ headers = [], ...request }: ProbeRequest, consumer = "default") =>
    hub.sendBytes(probe("", { ...request, headers: [keyOf(hub, consumer), ...headers] }).bytes);
  const anonymous = (request: ProbeRequest) => hub.sendBytes(probe("", request).bytes);
  const now = () => Math.floor(Date.now() / 1_000);
  const jsonOf = (answer: RawAnswer) => JSON.parse(answer.body.toString()) as Readonly<Record<string, unknown>>;
  const first = (id: unknown) => hub.events.filter((event) => isFirst(event) && requestOf(event) === id);

  async function refused(pending: Promise<RawAnswer>, status: number): Promise<RawAnswer> {
    const before = hub.events.filter(isFirst).length;
    const answer = await pending;
    expect(answer.status, answer.body.toString()).to.equal(status);
    expect(hub.events.filter(isFirst).length, "events").to.equal(before);
    const problem = jsonOf(answer);
    if (BY_THE_FIREWALL.includes(status)) expect(answer.headers["x-amzn-requestid"]).to.match(/^[\w-]{36}$/);
    else {
      expect(answer.headers["content-type"]).to.equal("application/problem+json");
      expect(problem.requestId).to.match(/^[\w-]{36}$/);
    }
    expect(problem.title).to.be.a("string");
    return answer;
  }

  async function accepted(pending: Promise<RawAnswer>, expected = 202): Promise<Readonly<Record<string, unknown>>> {
    const answer = await pending;
    expect(answer.status, answer.body.toString()).to.equal(expected);
    const [event, ...others] = first(answer.headers["x-request-id"]);
    expect(others).to.deep.equal([]);
    if (!event) return expect.fail("no event was published");
    expect(malformed(event)).to.equal(undefined);
    return event.detail;
  }

  describe("a body", () => {
    for (const [what, body, status] of REFUSED_BODIES)
      it(`of ${what} is ${status}`, async () => void (await refused(call(withBody("/orders", body)), status)));
    for (const [what, body] of CARRIED_BODIES)
      it(`with ${what} reaches the bus unchanged`, async () => {
        const { data, metadata } = await accepted(call(withBody("/echoes", body)));
        expect(data).to.deep.equal(JSON.parse(body));
        expect(metadata).to.include({ tenant: "default", flow: "echo", hop: 0 });
      });
    it("with a Content-Encoding is read as if it had none", async () => {
      const headers = [JSON_TYPE, ["Content-Encoding", "gzip"] as const];
      await accepted(call({ target: "/echoes", headers, body: "{}" }));
    });
  });

  describe("a content type", () => {
    for (const type of TYPES)
      it(`${JSON.stringify(type)} is 415`, async () => void (await refused(call(order([["Content-Type", type]])), 415)));
    it("may have parameters, which have no effect", async () => {
      for (const type of ["application/json;charset=utf-16", "APPLICATION/JSON\t;x", "application/json; version=${x}"])
        await accepted(call({ target: "/echoes", headers: [["Content-Type", type]], body: "{}" }));
    });
  });

  describe("method and path", () => {
    for (const [what, request, status] of TRICKS)
      it(`${what}: ${status}`, async () => void (await refused(call(request), status)));
    it("that are valid ignore the query and the body", async () => {
      expect((await call({ method: "GET", target: "/requests?limit=1", body: '{"tenant":"other"}' })).status).to.equal(200);
    });
  });

  describe("a header", () => {
    for (const [i, text] of HEADERS.entries())
      it(`${JSON.stringify(text.slice(0, 40))} has no effect`, async () => {
        const names = ["X-Correlation-ID", "X-Amzn-Trace-Id", "User-Agent", "Host", "X-Forwarded-Proto", `X-${i}`, "Accept"];
        const headers = [JSON_TYPE, ...names.map((name) => [name, text] as const)];
        const { metadata } = await accepted(call({ target: "/echoes", headers, body: "{}" }));
        const { correlationId, requestId, tenant } = metadata as Readonly<Record<string, unknown>>;
        expect(correlationId).to.equal(requestId);
        expect(tenant).to.equal("default");
      });
    for (const text of HEADERS)
      it(`Idempotency-Key ${JSON.stringify(text.slice(0, 40))} is 400`, async () =>
        void (await refused(call(order([JSON_TYPE, ["Idempotency-Key", text]])), 400)));
    for (const [what, bytes] of [
      ["with a line break in its value", "X-A: b\nX-B: c"],
      ["with a bare carriage return", "X-A: b\rX-B: c"],
      ["with a null byte", "X-A: b\0c"],
      ["with an invalid name", "X A: b"],
      ["with two lengths", "Content-Length: 3"],
      ["with a length and chunks", "Transfer-Encoding: chunked"],
      ["of 40 KB", `X-A: ${"x".repeat(40_000)}`],
    ] as const)
      it(`${what} is refused, or has no effect on the request`, async () => {
        const start = `POST /echoes HTTP/1.1\r\nHost: x\r\n${keyOf(hub).join(": ")}\r\nConnection: close\r\n`;
        const answer = await hub.sendBytes(Buffer.from(`${start}${bytes}\r\nContent-Length: 2\r\n\r\n{}`, "latin1"));
        if (answer.status === 202) return;
        expect(answer.status).to.be.oneOf([400, 431]);
        expect(answer.headers["content-type"]).to.equal("application/problem+json");
        expect(jsonOf(answer).requestId).to.be.a("string");
      });
    it("of 8 KB has no effect", async () => {
      await accepted(call({ target: "/echoes", headers: [JSON_TYPE, ["X-Long", "x".repeat(8 * 1_024)]], body: "{}" }));
    });
    it("Host is required: 400", async () => {
      const answer = await hub.sendBytes(Buffer.from("GET /requests HTTP/1.1\r\nConnection: close\r\n\r\n"));
      expect([answer.status, answer.headers["content-type"]]).to.deep.equal([400, "application/problem+json"]);
    });
    it("with the key twice is 401", async () => {
      await refused(call({ method: "GET", target: "/requests", headers: [keyOf(hub)] }), 401);
    });
  });

  describe("a token", () => {
    for (const [what, forge] of Object.entries(FORGERIES))
      it(`${what}: 401`, async () => {
        const token = forge(hub.issuer, "' OR 1=1 --");
        if (token.length > 40) credentials.add(token);
        const answer = await refused(
          anonymous({ target: "/sealed", headers: [["Authorization", `Bearer ${token}`], JSON_TYPE], body: "{}" }),
          401,
        );
        expect(answer.headers["www-authenticate"]).to.match(/^Bearer/);
      });
    it("that is valid is accepted, on its own routes only", async () => {
      const token = soundToken(hub.issuer);
      credentials.add(token);
      const headers = [["Authorization", `Bearer ${token}`], JSON_TYPE] as const;
      expect((await accepted(anonymous({ target: "/sealed", headers, body: "{}" }))).metadata).to.include({ tenant: "acme" });
      await refused(
        anonymous({ target: "/sealed", headers: [["Authorization", `Bearer ${token}x`], JSON_TYPE], body: "{}" }),
        401,
      );
      await refused(anonymous({ target: "/orders", headers, body: "{}" }), 401);
    });
  });

  describe("a webhook", () => {
    let count = 0;
    const body = () => Buffer.from(JSON.stringify({ first: 1, next: [2, ++count] }));
    const signed = (kind: keyof typeof SIGNED, content: Buffer, at = now()) => {
      const { proof, ...request } = SIGNED[kind](hub, content, at);
      credentials.add(proof);
      return request;
    };
    const KINDS = ["github", "slack", "meta"] as const;

    it("is verified with the current or the previous key during rotation, and with no other", async () => {
      const old = hub.signingKey("slack");
      hub.rotate("slack", "the-key-that-comes-after-it");
      await accepted(anonymous(signed("slack", body())), 200);
      const asBefore = { ...hub, signingKey: () => old };
      await accepted(anonymous(SIGNED.slack(asBefore, body())), 200);
      await refused(anonymous(SIGNED.slack({ ...hub, signingKey: () => "yet-another-key" }, body())), 401);
    });
    for (const kind of KINDS) {
      it(`of ${kind} that is replayed is the same request: one event`, async () => {
        const sent = signed(kind, body());
        const [original, replay] = [await anonymous(sent), await anonymous(sent)];
        const status = kind === "github" ? 202 : 200;
        expect([original.status, replay.status]).to.deep.equal([status, status]);
        expect(replay.headers["x-request-id"]).to.equal(original.headers["x-request-id"]);
        expect(first(original.headers["x-request-id"])).to.have.length(1);
      });
      it(`of ${kind} with a truncated, longer, re-ordered or different body is 401`, async () => {
        const sent = body();
        const { headers } = signed(kind, sent);
        const { target } = SIGNED[kind](hub, sent);
        const longer = Buffer.concat([sent, Buffer.from(" ")]);
        const reordered = Buffer.from(JSON.stringify({ next: [2, count], first: 1 }));
        for (const other of [sent.subarray(0, -1), longer, reordered, body(), Buffer.alloc(0)])
          await refused(anonymous({ target, headers, body: other }), 401);
      });
      it(`of ${kind} with two signatures, none, or a template as its signature is 401`, async () => {
        const request = signed(kind, body());
        const { headers } = request;
        const template = headers.map(([name]) => [name, "${context.requestId}"] as const);
        for (const other of [[...headers, ...headers], [], template])
          await refused(anonymous({ ...request, headers: other }), 401);
      });
    }
    it("with a timestamp too far off is 401, and with one a minute off is accepted", async () => {
      for (const off of [-HOUR, HOUR, -301, 330]) await refused(anonymous(signed("slack", body(), now() + off)), 401);
      for (const off of [-60, 60]) await accepted(anonymous(signed("slack", body(), now() + off)), 200);
    });
    it("that is signed but has a body that no event can carry is 400", async () => {
      for (const text of [
        '{"a":"\\ud800"}',
        '{"a":"\uffff"}',
        '{"__proto__":1}',
        `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
        "[",
        "null",
      ])
        await refused(anonymous(signed("github", Buffer.from(text))), 400);
    });
    it("that is not valid UTF-8 is 401, since the gateway changes its bytes", async () => {
      await refused(anonymous(signed("github", Buffer.from([0x7b, 0xff, 0x7d]))), 401);
    });
    it("handshake: Slack's and Meta's challenges are answered and start no request", async () => {
      const before = hub.events.filter(isFirst).length;
      const slack = await anonymous(signed("slack", Buffer.from('{"type":"url_verification","challenge":"abc123"}')));
      expect([slack.status, slack.body.toString()]).to.deep.equal([200, "abc123"]);
      await refused(anonymous(signed("slack", Buffer.from('{"type":"url_verification","challenge":"<script>"}'))), 400);
      await refused(
        anonymous({ method: "GET", target: "/hooks/meta?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1" }),
        403,
      );
      expect(hub.events.filter(isFirst).length).to.equal(before);
    });
  });

  describe("a limit", () => {
    it("of a consumer's rate is 429 with Retry-After", async () => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => call({ target: "/echoes", headers: [JSON_TYPE], body: "{}" }, "slow")),
      );
      const throttled = answers.filter(({ status }) => status === 429);
      expect(throttled.length).to.be.greaterThan(0);
      const [answer] = throttled as [RawAnswer];
      expect([answer.headers["retry-after"], answer.headers["content-type"]]).to.deep.equal(["5", "application/problem+json"]);
      expect(jsonOf(answer).requestId).to.be.a("string");
    });
    it("of a consumer's quota is 429 with Retry-After", async () => {
      const ask = () => call({ target: "/echoes", headers: [JSON_TYPE], body: "{}" }, "sparse");
      await accepted(ask());
      await accepted(ask());
      expect((await refused(ask(), 429)).headers["retry-after"]).to.equal("3600");
    });
  });

  it("answers 404 with Retry-After: 1 for a request that the ledger does not have yet", async () => {
    const answer = await refused(call({ method: "GET", target: "/requests/0b7a2a5e-0000-4000-8000-000000000000" }), 404);
    expect(answer.headers["retry-after"]).to.equal("1");
  });

  // In a separate describe, because it stops the hub and mocha runs nested describes last.
  describe("all of this", () => {
    it("has written no secret, token or signature to any log, and no call was denied", async () => {
      for (const secret of hub.secrets()) credentials.add(secret);
      const logs = await hub.logsAtEnd();
      expect([...credentials].filter((text) => text.length >= 12 && logs.includes(text))).to.deep.equal([]);
      expect(credentials.size).to.be.greaterThan(30);
      expect(hub.denials).to.deep.equal([]);
      expect(hub.problems).to.deep.equal([]);
    });
  });
});
