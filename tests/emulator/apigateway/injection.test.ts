import { expect } from "chai";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { bench, postOrder, request } from "./fixture.ts";

interface Published {
  readonly metadata: Record<string, string>;
  readonly data: unknown;
}

const { api, aws } = bench();

async function published(body: string, headers: Record<string, string> = {}): Promise<Published> {
  const response = await api.handle(request("POST", "/free", { body, headers }));
  expect(response.status, response.body.toString()).to.equal(202);
  const { Entries } = JSON.parse(aws.at(-1)?.body ?? "") as { Entries: { Detail: string }[] };
  return JSON.parse(Entries[0]?.Detail ?? "") as Published;
}

const NASTY = [
  "it's",
  '"',
  "\\",
  "\\'",
  "$util.escapeJavaScript('x')",
  "#set($x = 1)$x",
  "#foreach($i in [1..9])x#end",
  "$input.json('$')",
  "##c",
  "#[[raw]]#",
  "line\nbreak\r\t",
  "\u2028\u0000\u007f",
  "é漢😀",
  "\ud800",
  "\udfff\\",
  "</script>",
  "${context.requestId}",
  "$!{x}",
  '\\",\\"Detail\\":\\"x',
];

describe("apigateway / strings can't change the structure of the published entry", () => {
  for (const text of NASTY) {
    it(`body: ${JSON.stringify(text)}`, async () => {
      expect((await published(JSON.stringify({ [text]: [text, { a: text }] }))).data).to.deep.equal({
        [text]: [text, { a: text }],
      });
    });
    it(`user agent: ${JSON.stringify(text)}`, async () => {
      expect((await published("{}", { "User-Agent": text })).metadata.agent).to.equal(text);
    });
    it(`correlation id: ${JSON.stringify(text)}`, async () => {
      const { metadata } = await published("{}", { "X-Correlation-ID": text });
      expect(metadata.correlationId).to.equal(metadata.requestId);
    });
  }

  it("keeps a valid correlation id, for any case of the header", async () => {
    expect((await published("{}", { "x-correlation-id": "Order:1_2.3-x" })).metadata.correlationId).to.equal("Order:1_2.3-x");
  });

  it("publishes any JSON body unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ stringUnit: "binary" }), async (body) => {
        expect((await published(body)).data).to.deep.equal(JSON.parse(body));
      }),
      { numRuns: 200 },
    );
  });

  it("publishes any header unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        expect((await published("{}", { "User-Agent": text })).metadata.agent).to.equal(text);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps numbers as in the source", async () => {
    const { api, aws } = bench();
    await api.handle(request("POST", "/free", { body: '{"a":12345678901234567890,"b":1.0}' }));
    expect(aws[0]?.body).to.include('{\\"a\\":12345678901234567890,\\"b\\":1.0}');
  });

  it("does not let a key of a body access JavaScript's built-in properties", async () => {
    const { data } = await published('{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":"x"}');
    expect(Object.keys(data as object)).to.deep.equal(["__proto__", "constructor", "toString"]);
    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
  });

  it("separates concurrent requests", async () => {
    const { api, aws } = bench();
    await Promise.all([1, 2, 3].map((n) => api.handle(postOrder({ orderId: `o-${n}`, lines: [] }))));
    expect(aws.map(({ body }) => /o-\d/.exec(body)?.[0])).to.have.members(["o-1", "o-2", "o-3"]);
  });
});
