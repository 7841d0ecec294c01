import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import * as z from "zod";
import { describeThirdParty } from "../../../components/third-party/description.ts";
import { requestOf } from "../../../local/sandbox/http.ts";
import { RecordedPlay, readRecorded } from "../../../local/sandbox/recorded-answers.ts";
import { SimulatedParty } from "../../../local/sandbox/simulated-party.ts";
import { adapter, apiKey, call, form } from "../../../model/index.ts";
import type { RecordedAnswer } from "../../../protocol/recorded-answer.ts";

const shop = adapter("shop", {
  baseUrl: "https://shop.example.com/v1",
  auth: apiKey({ secret: "shop/key", query: "key" }),
  timeout: "1 second",
  operations: {
    find: call("GET /orders/:id", { query: z.object({ page: z.string().optional() }), returns: z.object({}) }),
    add: call("POST /orders", { body: z.object({ sku: z.string(), token: z.string() }), returns: z.object({}) }),
    pay: call("POST /pay", { body: form(z.object({ card: z.string(), cents: z.string() })), returns: z.object({}) }),
  },
});
const party = describeThirdParty(shop, {});
const simulated = new SimulatedParty(party, { now: () => 0 } as never);
const answer = (operation: string, path: string, more: Partial<RecordedAnswer> = {}): RecordedAnswer => ({
  ...{ operation, path, query: [], status: 200, headers: { "content-type": "application/json" }, answer: "{}" },
  ...more,
});

/** What is played for a call of the sandbox. */
function played(answers: readonly RecordedAnswer[]) {
  const play = new RecordedPlay(party, answers);
  return (method: string, url: string, body = "", type = "application/json") => {
    const headers = { host: "127.0.0.1:4512", "content-type": type };
    const request = requestOf({ method, url: `/shop/v1${url}`, headers, bytes: Buffer.from(body), certificate: undefined });
    const found = simulated.find(method, `/v1${url.split("?")[0]}`);
    return found && play.play(found, { request, body: undefined, query: {} });
  };
}

describe("sandbox / recorded answers", () => {
  it("are played by operation, path and query, whatever the credentials", () => {
    const ask = played([
      answer("find", "/orders/1", { answer: '{"n":1}' }),
      answer("find", "/orders/1", { query: [["page", "2"]], answer: '{"n":2}' }),
      answer("find", "/orders/a b", { status: 404, answer: "no" }),
    ]);
    expect(ask("GET", "/orders/1?key=k1")?.body).to.equal('{"n":1}');
    expect(ask("GET", "/orders/1?page=2&key=k2")?.body).to.equal('{"n":2}');
    expect(ask("GET", "/orders/a%20b")).to.include({ status: 404, body: "no" });
    for (const url of ["/orders/2", "/orders/1?page=3", "/orders/1?page=2&page=2"])
      expect(ask("GET", url), url).to.equal(undefined);
  });

  it("come in turn where one call was answered several times, and begin again", () => {
    const ask = played(["a", "b"].map((text) => answer("find", "/orders/1", { answer: text })));
    expect([1, 2, 3, 4].map(() => ask("GET", "/orders/1")?.body)).to.deep.equal(["a", "b", "a", "b"]);
  });

  it("are compared with what was sent, but for what is masked", () => {
    const ask = played([
      answer("add", "/orders", { body: { sku: "A", token: "***" } }),
      answer("pay", "/pay", { body: { card: "ends with ***", cents: "5" } }),
    ]);
    expect(ask("POST", "/orders", '{"token":"any","sku":"A"}')?.status).to.equal(200);
    expect(ask("POST", "/orders", '{"token":"any","sku":"B"}')).to.equal(undefined);
    expect(ask("POST", "/orders", '{"token":"any","sku":"A","more":1}')).to.equal(undefined);
    const sent = "application/x-www-form-urlencoded";
    expect(ask("POST", "/pay", "cents=5&card=ends+with+42", sent)?.status).to.equal(200);
    expect(ask("POST", "/pay", "cents=6&card=ends+with+42", sent)).to.equal(undefined);
  });

  it("have links to the sandbox", () => {
    const ask = played([answer("find", "/orders/1", { headers: { link: '<{base}/orders/1?page=2>; rel="next"' } })]);
    expect(ask("GET", "/orders/1")?.headers?.link).to.equal('<http://127.0.0.1:4512/shop/v1/orders/1?page=2>; rel="next"');
  });

  describe("in a file", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "recorded-"));
      mkdirSync(join(folder, "fixtures"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const read = (text: string) => {
      writeFileSync(join(folder, "fixtures/shop.json"), text);
      return readRecorded(folder, "shop");
    };

    it("are read; none without a file", () => {
      expect(readRecorded(folder, "other")).to.deep.equal([]);
      expect(read(JSON.stringify([answer("find", "/orders/1")]))).to.deep.equal([answer("find", "/orders/1")]);
    });

    it("are refused with the place of what is wrong", () => {
      expect(() => read("[{")).to.throw(/shop\.json, \/:.*Record it again with npm run hub -- record shop, or delete it\./);
      expect(() => read(JSON.stringify([{ ...answer("find", "/a"), status: "200" }]))).to.throw(/shop\.json, \/0\/status:/);
    });
  });
});
