import { createHmac } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, twilio } from "../../../../model/index.ts";
import { callOf } from "../../../../runtime/functions/webhook/call.ts";
import { querySpellings } from "../../../../runtime/functions/webhook/query-spellings.ts";
import { verify } from "../../../../runtime/functions/webhook/verify.ts";
import { accepted, headers, hook, proxy } from "./support.ts";

const KEY = "k";
const URL_CALLED = "https://api.example.com/v1/hooks/x";
const Gathered = event("Gathered", z.object({ CallSid: z.string(), Digits: z.string() }));
const FORM = "CallSid=CA1&CallStatus=in-progress&Digits=1&From=%2B1415";

/** As the gateway passes a query string: decoded, by name. */
function gatewayQuery(query: string) {
  const grouped: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) grouped[name] = [...(grouped[name] ?? []), value];
  return { multiValueQueryStringParameters: query === "" ? null : grouped };
}
const fields = [...new URLSearchParams(FORM)]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .flat()
  .join("");
const sign = (url: string) =>
  createHmac("sha1", KEY)
    .update(url + fields)
    .digest("base64");
const call = (query: string, url = URL_CALLED) => ({
  ...headers({ "x-twilio-signature": sign(query === "" ? url : `${url}?${query}`) }),
  ...gatewayQuery(query),
  body: FORM,
});
const faultOf = (query: string, sent = query, url?: string) =>
  verify(
    twilio({ secret: "s", ...(url && { url }) }),
    callOf(proxy({ ...call(query, url?.replace(/\?.*/, "")), ...gatewayQuery(sent) })),
    [KEY],
    0,
  ).fault;

describe("webhook / Twilio with a query string", () => {
  for (const query of [
    "a=b",
    "name=two+words",
    "name=two%20words",
    "text=Couldn%27t+find",
    "text=Couldn't%20find",
    "a=1&b=2&a=3",
    "debug",
    "debug&x=1",
    "x=1&debug=",
    "Caller=sip%3A1%40example.com",
    "Caller=sip:1@example.com",
    "z=1&a=2&m=3",
    "plus=1%2B1",
    "q=%C3%A9%20b",
    "q=%c3%a9",
    "p=(1)!*",
    "p=%281%29%21%2A",
    "tilde=~me",
    "tilde=%7Eme",
    "Digits=1&Retry=1&RetryMessage=Couldn%27t+find+an+address+for+that+location.&AccountSid=AC1",
    "a=1&b=2&c=3&d=4&e=5&f=6",
  ])
    it(`${query}: the signature holds, and not for another query`, () => {
      expect(faultOf(query)).to.equal(undefined);
      expect(faultOf(query, `${query}1`)).to.be.a("string");
      expect(faultOf(query, "")).to.be.a("string");
      expect(faultOf("", query)).to.be.a("string");
    });

  it("may differ by call where a URL is declared, whose host and path count", () => {
    const declared = "https://hooks.example.com/twilio";
    for (const query of ["step=1", "step=2&name=a+b", ""]) expect(faultOf(query, query, declared), query).to.equal(undefined);
    expect(faultOf("step=1", "step=2", declared)).to.be.a("string");
    expect(faultOf("tenant=1", "", `${declared}?tenant=1`)).to.equal(undefined);
    expect(faultOf("tenant=2", "tenant=2", `${declared}?tenant=1`)).to.equal(undefined);
  });

  it("is tried in a bounded number of spellings, whatever it holds", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 30 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 12 }), (parameters) => {
        const spellings = querySpellings(parameters);
        expect(spellings.length).to.be.within(1, 128);
        const wanted = parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
        expect(spellings[0]?.split("&").sort()).to.deep.equal(wanted.length === 0 ? [""] : wanted.sort());
      }),
    );
  });

  it("two presses of a key with the same fields are two requests; a retry of one is not a third", async () => {
    const fixture = hook(twilio({ secret: "s" }), Gathered, { secret: { current: KEY } });
    const press = (token?: string) =>
      fixture.post({
        ...headers({ "x-twilio-signature": sign(URL_CALLED), ...(token && { "I-Twilio-Idempotency-Token": token }) }),
        body: FORM,
      });
    const first = accepted(await press("t-1"), 200);
    expect(accepted(await press("t-2"), 200)).not.to.equal(first);
    expect(accepted(await press("t-1"), 200)).to.equal(first);
    expect(accepted(await press(), 200)).not.to.equal(accepted(await press(), 200));
    expect(fixture.bus.events).to.have.length(4);
  });
});
