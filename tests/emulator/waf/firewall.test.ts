import { expect } from "chai";
import { describe, it } from "mocha";
import type { GatewayRequest } from "../../../emulator/apigateway/types.ts";
import type { Clock } from "../../../emulator/clock.ts";
import { Firewall } from "../../../emulator/waf/firewall.ts";
import type { Rule, Statement, WebAclDefinition } from "../../../emulator/waf/types.ts";

const MINUTE = 60_000;
const handClock = () => {
  let now = 1_000_000_000;
  const clock: Clock = { now: () => now, wait: () => Promise.resolve() };
  return { clock, pass: (ms: number) => (now += ms) };
};
const request = (given: Partial<GatewayRequest> = {}): GatewayRequest => ({
  method: "POST",
  path: "/orders",
  query: "",
  headers: [],
  body: Buffer.alloc(0),
  sourceIp: "127.0.0.1",
  ...given,
});
const body = (bytes: number) => request({ body: Buffer.alloc(bytes) });
const block = (responseCode?: number) => ({
  block: responseCode === undefined ? {} : { customResponse: { responseCode, customResponseBodyKey: "why" } },
});
const acl = (rules: readonly Rule[], more: Partial<WebAclDefinition> = {}): WebAclDefinition => ({
  name: "acl",
  defaultAction: { allow: {} },
  rules,
  customResponseBodies: [{ key: "why", content: '{"title":"No"}', contentType: "APPLICATION_JSON" }],
  ...more,
});
const rule = (statement: Statement, action: Rule["action"] = block(), priority = 0): Rule => ({
  name: `rule-${priority}`,
  priority,
  action,
  statement,
});
const rate = (limit: number): Statement => ({
  rateBasedStatement: { limit, evaluationWindowSec: 300, aggregateKeyType: "IP" },
});
const size = (bytes: number, oversizeHandling = "MATCH"): Statement => ({
  sizeConstraintStatement: { fieldToMatch: { body: { oversizeHandling } }, comparisonOperator: "GT", size: bytes },
});
const KB_64 = { associationConfig: { requestBodies: [{ apiGateway: { defaultSizeInspectionLimit: "KB_64" } }] } };

describe("waf / firewall", () => {
  it("limits the requests of an address, and allows them again after the window", () => {
    const { clock, pass } = handClock();
    const firewall = new Firewall(acl([rule(rate(10), block(429))]), clock);
    const codes = (times: number, sourceIp: string) =>
      Array.from({ length: times }, () => firewall.evaluate(request({ sourceIp })).response?.status ?? 200);
    expect(codes(10, "1.1.1.1")).to.deep.equal(Array(10).fill(200));
    expect(codes(2, "1.1.1.1")).to.deep.equal([429, 429]);
    expect(codes(1, "2.2.2.2")).to.deep.equal([200]);
    pass(4 * MINUTE);
    expect(codes(1, "1.1.1.1")).to.deep.equal([429]);
    pass(MINUTE);
    expect(codes(9, "1.1.1.1")).to.deep.equal(Array(9).fill(200));
    // The blocked request of a minute ago counts too.
    expect(codes(1, "1.1.1.1")).to.deep.equal([429]);
  });

  it("applies rules by priority, and continues after a Count action", () => {
    const { clock } = handClock();
    const everything = size(-1);
    const rules = [rule(everything, block(403), 2), rule(everything, { count: {} }, 0), rule(everything, block(413), 1)];
    expect(new Firewall(acl(rules), clock).evaluate(body(1)).response?.status).to.equal(413);
    const allowed = [rule(everything, block(403), 2), rule(everything, { allow: {} }, 1)];
    expect(new Firewall(acl(allowed), clock).evaluate(body(1))).to.deep.equal({ code: "WAF_ALLOW" });
  });

  it("responds as the rule's action defines, or with 403", () => {
    const { clock } = handClock();
    const verdictOf = (action: Rule["action"]) => new Firewall(acl([rule(size(0), action)]), clock).evaluate(body(1));
    expect(verdictOf(block(413))).to.deep.equal({
      code: "WAF_BLOCK",
      response: { status: 413, headers: { "Content-Type": "application/json" }, body: Buffer.from('{"title":"No"}') },
    });
    expect(verdictOf(block()).response).to.include({ status: 403 });
    const retry = { block: { customResponse: { responseCode: 429, responseHeaders: [{ name: "Retry-After", value: "300" }] } } };
    expect(verdictOf(retry).response?.headers).to.include({ "Retry-After": "300" });
    expect(new Firewall(acl([], { defaultAction: { block: {} } }), clock).evaluate(body(1)).code).to.equal("WAF_BLOCK");
  });

  for (const [what, inspected, bytes, handling, expected] of [
    ["at the limit", KB_64, 65_536, "MATCH", "WAF_ALLOW"],
    ["one byte longer", KB_64, 65_537, "MATCH", "WAF_BLOCK"],
    ["longer, which does not count as a match", KB_64, 65_537, "NO_MATCH", "WAF_ALLOW"],
    ["longer, with only its beginning measured", KB_64, 65_537, "CONTINUE", "WAF_ALLOW"],
    ["longer than the default inspection limit of 16 KB", {}, 16_385, "MATCH", "WAF_BLOCK"],
  ] as const)
    it(`measures a body: ${what}`, () => {
      const { clock } = handClock();
      const firewall = new Firewall(acl([rule(size(65_536, handling))], inspected), clock);
      expect(firewall.evaluate(body(bytes)).code).to.equal(expected);
    });

  describe("a managed rule group", () => {
    const group = (more: object = {}, overrideAction: Rule["overrideAction"] = { none: {} }): Rule => ({
      name: "group",
      priority: 0,
      overrideAction,
      statement: { managedRuleGroupStatement: { vendorName: "AWS", name: "AWSManagedRulesCommonRuleSet", ...more } },
    });
    const AGENT = [["User-Agent", "curl/8"]] as const;
    const verdictOf = (one: Rule, given: Partial<GatewayRequest>) =>
      new Firewall(acl([one]), handClock().clock).evaluate(request({ headers: AGENT, ...given }));

    it("blocks what AWS documents as examples and limits, without a response of its own", () => {
      for (const given of [
        { headers: [] },
        { headers: [["user-agent", "nmap scripts"]] },
        { body: Buffer.alloc(8_193) },
        { query: "a".repeat(2_049) },
        { path: `/${"a".repeat(1_024)}` },
        { headers: [...AGENT, ["Cookie", "a".repeat(10_241)]] },
        { query: "u=http%3A%2F%2F10.0.0.1" },
        { path: "/a/..%2F..%2Fb" },
        { path: "/server.log" },
      ] as readonly Partial<GatewayRequest>[])
        expect(verdictOf(group(), given), JSON.stringify(given).slice(0, 60)).to.deep.include({
          code: "WAF_BLOCK",
          filtered: true,
        });
      for (const given of [{}, { body: Buffer.alloc(8_192) }, { body: Buffer.from("http://example.com/../a <b>") }])
        expect(verdictOf(group(), given).code).to.equal("WAF_ALLOW");
    });

    it("sees only what WAF inspects of a body", () => {
      const late = Buffer.concat([Buffer.alloc(16_384), Buffer.from("<script>")]);
      const counting = { ruleActionOverrides: [{ name: "SizeRestrictions_BODY", actionToUse: { count: {} } }] };
      expect(verdictOf(group(counting), { body: late }).code).to.equal("WAF_ALLOW");
      expect(verdictOf(group(counting), { body: late.subarray(1_000) }).code).to.equal("WAF_BLOCK");
    });

    it("only counts where its override says so, whole or by rule", () => {
      const script = { body: Buffer.from("<script>") };
      const overriding = (name: string) => group({ ruleActionOverrides: [{ name, actionToUse: { count: {} } }] });
      expect(verdictOf(group({}, { count: {} }), script).code).to.equal("WAF_ALLOW");
      expect(verdictOf(overriding("CrossSiteScripting_BODY"), script).code).to.equal("WAF_ALLOW");
      expect(verdictOf(overriding("CrossSiteScripting_COOKIE"), script).code).to.equal("WAF_BLOCK");
    });

    it("inspects only requests within its scope-down statement", () => {
      const scopeDownStatement: Statement = {
        regexMatchStatement: {
          fieldToMatch: { uriPath: {} },
          regexString: "^/in",
          textTransformations: [{ priority: 0, type: "NONE" }],
        },
      };
      const script = Buffer.from("<script>");
      expect(verdictOf(group({ scopeDownStatement }), { path: "/in/1", body: script }).code).to.equal("WAF_BLOCK");
      expect(verdictOf(group({ scopeDownStatement }), { path: "/out/1", body: script }).code).to.equal("WAF_ALLOW");
    });

    it("has to be known, to stand alone, and to have an override action", () => {
      expect(() => new Firewall(acl([group({ name: "Other" })]), handClock().clock)).to.throw("the rule group AWS Other");
      const { statement } = group();
      expect(() => new Firewall(acl([rule({ notStatement: { statement } })]), handClock().clock)).to.throw("a nested rule group");
      expect(() => new Firewall(acl([{ ...group(), overrideAction: undefined } as unknown as Rule]), handClock().clock)).to.throw(
        "Rule group of the web ACL acl has no action.",
      );
    });
  });

  it("refuses an unknown statement by name", () => {
    const { clock } = handClock();
    expect(() => new Firewall(acl([rule({ geoMatchStatement: {} } as Statement)]), clock)).to.throw(
      "The web ACL has geoMatchStatement, which is not simulated. Add it in emulator/waf/, or leave it out.",
    );
    const { rateBasedStatement } = rate(10);
    const byHeader = { rateBasedStatement: { ...rateBasedStatement, limit: 10, aggregateKeyType: "CUSTOM_KEYS" } };
    expect(() => new Firewall(acl([rule(byHeader)]), clock)).to.throw("The web ACL has a rate-based rule by CUSTOM_KEYS");
  });
});
