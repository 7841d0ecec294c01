import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { bytes, call, form, text } from "../../../model/index.ts";
import { recordedAnswer } from "../../../protocol/recorded-answer.ts";
import { recordedOf } from "../../../runtime/third-party/keep-answer.ts";

const json = call("POST /a", { body: z.object({}), returns: z.object({}) });
const BASE = "https://api.example.com/v1";

interface Made {
  readonly operation?: Parameters<typeof recordedOf>[0]["operation"];
  readonly url?: string;
  readonly search?: string;
  readonly base?: string;
  readonly body?: string;
  readonly type?: string;
  readonly answer: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly secrets?: readonly string[];
}
const recorded = ({
  operation = json,
  url = `${BASE}/a`,
  search = "",
  base = BASE,
  body,
  type,
  answer,
  headers,
  status = 200,
  secrets = ["s3cr3t/of=it"],
}: Made) =>
  recordedOf({
    name: "shop.find",
    operation,
    request: { method: "POST", url, headers: { ...(type !== undefined && { "content-type": type }) }, body },
    address: { base, search },
    answer: { url, status, headers: new Headers(headers), bytes: typeof answer === "string" ? Buffer.from(answer) : answer },
    secrets,
    personal: new Set(["holder"]),
  });

describe("third party / an answer that is recorded", () => {
  it("keeps the digits of each number", () => {
    expect(recorded({ answer: '{"id":9007199254740993,"cents":19.90,"big":1e400}' })?.answer).to.equal(
      '{"id":9007199254740993,"cents":19.90,"big":1e400}',
    );
  });

  it("masks secrets wherever they stand, secret and personal fields, and keeps the shape", () => {
    const answer = {
      echo: "key s3cr3t/of=it",
      url: "/a?k=s3cr3t%2Fof%3Dit",
      password: "p",
      pin: 1234,
      holder: { name: "Ana", age: 7 },
    };
    expect(JSON.parse(recorded({ answer: JSON.stringify(answer) })?.answer ?? "")).to.deep.equal({
      ...{ echo: "key ***", url: "/a?k=***", password: "***", pin: 0, holder: { name: "***", age: 0 } },
    });
    expect(recorded({ answer: '{"holder":"ana@example.org"}' })?.answer).to.equal('{"holder":"masked@example.com"}');
    expect(recorded({ answer: "<a><password>p</password>s3cr3t/of=it</a>" })?.answer).to.equal(
      "<a><password>***</password>***</a>",
    );
  });

  it("masks secrets however an answer spells them: escaped, encoded, as Basic credentials, as a key", () => {
    const [user, password] = ["us3r", "p4s s&w<rd/1"];
    const basic = Buffer.from(`${user}:${password}`).toString("base64");
    for (const [answer, kept] of [
      [`{"raw":"${basic}","url":"aHR0"}`, '{"raw":"***","url":"aHR0"}'],
      [`{"raw":"${Buffer.from(password).toString("base64url")}"}`, '{"raw":"***"}'],
      ['{"a":"p4s s&w<rd\\/1","b":"\\u00704s s&w<rd/1"}', '{"a":"***","b":"***"}'],
      ['{"p4s s&w<rd/1":{"ok":true}}', '{"***":{"ok":true}}'],
      ['{"curl":"{\\"k\\":\\"p4s s&w<rd/1\\"}"}', '{"curl":"{\\"k\\":\\"***\\"}"}'],
      ['<a b="p4s s&amp;w&lt;rd/1">p4s s&amp;w&lt;rd/1</a>', '<a b="***">***</a>'],
      ['{"a":"/?k=p4s%20s%26w%3crd%2f1","b":"/?k=p4s+s%26w%3Crd%2F1"}', '{"a":"/?k=***","b":"/?k=***"}'],
    ] as const)
      expect(recorded({ answer, secrets: [user, password] })?.answer.replace(/\*{3}=+/, "***"), answer).to.equal(kept);
    expect(
      recorded({ answer: "{}", url: `${BASE}/bot${encodeURIComponent(password)}/send`, secrets: [password] })?.path,
    ).to.equal("/bot***/send");
  });

  it("masks what was sent, forms as well", () => {
    const sent = recorded({
      answer: "{}",
      type: "application/x-www-form-urlencoded",
      body: "password=p&amount=5&note=s3cr3t%2Fof%3Dit",
    });
    expect(sent?.body).to.deep.equal({ password: "***", amount: "5", note: "***" });
    expect(recorded({ answer: "{}", body: '{"token":"t","n":1}' })?.body).to.satisfy(
      (body: unknown) => JSON.stringify(body) === '{"token":"***","n":1}',
    );
    expect(recorded({ answer: "{}", type: "multipart/form-data; boundary=x", body: "--x" })).not.to.have.property("body");
    expect(
      recorded({ operation: call("POST /a", { body: form(z.object({})), returns: text() }), answer: "ok" })?.answer,
    ).to.equal("ok");
  });

  it("keeps path and query below the address, sorted, without the address's own query", () => {
    const made = recorded({ answer: "{}", url: `${BASE}/a%20b/c?z=1&api_key=k&a=2&sig=abc`, search: "?sig=abc" });
    expect(made?.path).to.equal("/a b/c");
    expect(recorded({ answer: "{}", url: `${BASE}/a%2Fb` })?.path).to.equal("/a/b");
    expect(made?.query).to.deep.equal([
      ["a", "2"],
      ["api_key", "***"],
      ["z", "1"],
    ]);
  });

  it("keeps headers that say how to go on, with a place for the address", () => {
    const link = `<${BASE}/a?page=2>; rel="next"`;
    const made = recorded({
      answer: "{}",
      headers: { link, "content-type": "application/json", "set-cookie": "a=b", date: "now" },
    });
    expect(made?.headers).to.deep.equal({ "content-type": "application/json", link: '<{base}/a?page=2>; rel="next"' });
  });

  it("leaves out bytes, in which nothing can be masked", () => {
    expect(recorded({ operation: call("GET /a", { returns: bytes() }), answer: "PDF" })).to.equal(undefined);
    expect(recorded({ answer: Uint8Array.of(0xff, 0xfe, 0xfd) })).to.equal(undefined);
  });

  it("has the form that is read again", () => {
    const made = recorded({ answer: '{"id":9007199254740993}', status: 404, body: '{"n":1}' });
    expect(recordedAnswer.safeParse(JSON.parse(JSON.stringify(made))).success).to.equal(true);
  });
});
