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

describe("local / waf", () => {
  it("lets an address ask as often as its rate says, and again when the window is over", () => {
    const { clock, pass } = handClock();
    const firewall = new Firewall(acl([rule(rate(10), block(429))]), clock);
    const codes = (times: number, sourceIp: string) =>
      Array.from({ length: times }, () => firewall.judge(request({ sourceIp })).answer?.status ?? 200);
    expect(codes(10, "1.1.1.1")).to.deep.equal(Array(10).fill(200));
    expect(codes(2, "1.1.1.1")).to.deep.equal([429, 429]);
    expect(codes(1, "2.2.2.2")).to.deep.equal([200]);
    pass(4 * MINUTE);
    expect(codes(1, "1.1.1.1")).to.deep.equal([429]);
    pass(MINUTE);
    expect(codes(9, "1.1.1.1")).to.deep.equal(Array(9).fill(200));
    // The one of a minute ago counts, though it was refused.
    expect(codes(1, "1.1.1.1")).to.deep.equal([429]);
  });

  it("goes by priority, and what only counts ends nothing", () => {
    const { clock } = handClock();
    const everything = size(-1);
    const rules = [rule(everything, block(403), 2), rule(everything, { count: {} }, 0), rule(everything, block(413), 1)];
    expect(new Firewall(acl(rules), clock).judge(body(1)).answer?.status).to.equal(413);
    const allowed = [rule(everything, block(403), 2), rule(everything, { allow: {} }, 1)];
    expect(new Firewall(acl(allowed), clock).judge(body(1))).to.deep.equal({ code: "WAF_ALLOW" });
  });

  it("answers what the rule says, or 403", () => {
    const { clock } = handClock();
    const judged = (action: Rule["action"]) => new Firewall(acl([rule(size(0), action)]), clock).judge(body(1));
    expect(judged(block(413))).to.deep.equal({
      code: "WAF_BLOCK",
      answer: { status: 413, headers: { "Content-Type": "application/json" }, body: Buffer.from('{"title":"No"}') },
    });
    expect(judged(block()).answer).to.include({ status: 403 });
    const retry = { block: { customResponse: { responseCode: 429, responseHeaders: [{ name: "Retry-After", value: "300" }] } } };
    expect(judged(retry).answer?.headers).to.include({ "Retry-After": "300" });
    expect(new Firewall(acl([], { defaultAction: { block: {} } }), clock).judge(body(1)).code).to.equal("WAF_BLOCK");
  });

  for (const [what, inspected, bytes, handling, expected] of [
    ["as long as the limit", KB_64, 65_536, "MATCH", "WAF_ALLOW"],
    ["one byte longer", KB_64, 65_537, "MATCH", "WAF_BLOCK"],
    ["longer, which does not count as a match", KB_64, 65_537, "NO_MATCH", "WAF_ALLOW"],
    ["longer, of which only the beginning is measured", KB_64, 65_537, "CONTINUE", "WAF_ALLOW"],
    ["longer than the 16 KB that are looked into by default", {}, 16_385, "MATCH", "WAF_BLOCK"],
  ] as const)
    it(`measures a body: ${what}`, () => {
      const { clock } = handClock();
      const firewall = new Firewall(acl([rule(size(65_536, handling))], inspected), clock);
      expect(firewall.judge(body(bytes)).code).to.equal(expected);
    });

  it("leaves AWS's own rule groups out, and refuses a statement that it does not know by its name", () => {
    const { clock } = handClock();
    const group = rule({ managedRuleGroupStatement: { vendorName: "AWS", name: "AWSManagedRulesCommonRuleSet" } });
    expect(new Firewall(acl([group]), clock).judge(body(1)).code).to.equal("WAF_ALLOW");
    expect(() => new Firewall(acl([rule({ geoMatchStatement: {} } as Statement)]), clock)).to.throw(
      "The web ACL has geoMatchStatement, which is not simulated on one machine. Add it in local/waf/, or leave it out.",
    );
    const { rateBasedStatement } = rate(10);
    const byHeader = { rateBasedStatement: { ...rateBasedStatement, limit: 10, aggregateKeyType: "CUSTOM_KEYS" } };
    expect(() => new Firewall(acl([rule(byHeader)]), clock)).to.throw("The web ACL has a rate by CUSTOM_KEYS");
  });
});
