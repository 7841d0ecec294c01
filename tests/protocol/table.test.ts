import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { wildcard } from "../../emulator/iam/wildcard.ts";
import {
  breakerKey,
  deliveryKey,
  joinGroup,
  joinKey,
  rateKey,
  serialGroup,
  serialKey,
  webhookKey,
} from "../../protocol/table.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,23}$/);
const anything = fc.string({ maxLength: 40 });
const owned = { deliveryKey, joinKey, serialKey, webhookKey };

describe("keys of the state table", () => {
  for (const [what, key] of Object.entries(owned))
    it(`${what} are those, and only those, that its pattern lets a role touch`, () =>
      fc.assert(
        fc.property(name, name, anything, name, name, (flow, step, rest, otherFlow, otherStep) => {
          const allowed = wildcard(key.pattern(flow, step));
          expect(allowed(key(flow, step, rest).pk)).to.equal(true);
          const isOwn = otherFlow === flow && otherStep === step;
          expect(allowed(key(otherFlow, otherStep, rest).pk)).to.equal(isOwn);
          const others = Object.values(owned).filter((other) => other !== key);
          expect(others.some((other) => allowed(other(flow, step, rest).pk))).to.equal(false);
        }),
      ));

  it("keep rate limit and circuit breaker of a third party in one partition", () =>
    expect(rateKey("erp").pk).to.equal(breakerKey("erp").pk));

  it("keep tenants apart, and joins by request from joins by value", () =>
    fc.assert(
      fc.property(name, name, anything, (one, other, value) => {
        fc.pre(one !== other);
        expect(joinGroup.value(one, value)).not.to.equal(joinGroup.value(other, value));
        expect(serialGroup(one, value)).not.to.equal(serialGroup(other, value));
        expect(joinGroup.request(value)).not.to.equal(joinGroup.value(one, value));
      }),
    ));

  it("refuse a pattern that would match the keys of others", () => {
    for (const part of ["a*", "a#b", "?", "${aws:username}"])
      expect(() => deliveryKey.pattern("orders", part), part).to.throw(RangeError, "Leave out");
  });
});
