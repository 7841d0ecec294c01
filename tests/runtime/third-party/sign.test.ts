import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import { awsSigV4, hmacSigned, type SignedCalls } from "../../../model/index.ts";
import { hmacSigner, sigV4Signer } from "../../../runtime/third-party/sign.ts";

const NOW = Date.parse("2015-08-30T12:36:00.000Z");
const request = { method: "POST", url: "https://x.example.com/v1/a%20b?q=1&q=2", headers: {}, body: '{"name":"é"}' };

describe("third party / signatures", () => {
  it("are made over texts in UTF-8 and the bytes of the body", async () => {
    const auth = hmacSigned({
      secret: "x/k",
      signed: "{timestampMs}.{method}.{target}.{body}.{secret:phrase}",
      headers: { "X-Sign": "{signature}", "X-Time": "{timestampMs}" },
    }) as SignedCalls;
    const expected = (body: string | Buffer) =>
      createHmac("sha256", "key").update(`${NOW}.POST./v1/a%20b?q=1&q=2.`).update(body).update(".pé").digest("hex");
    const sign = hmacSigner(auth, { secret: "key", phrase: "pé" });
    expect((await sign(request, NOW)).headers).to.deep.equal({ "x-sign": expected(request.body), "x-time": String(NOW) });
    const bytes = new Uint8Array([0, 255, 128]);
    expect((await sign({ ...request, body: bytes }, NOW)).headers["x-sign"]).to.equal(expected(Buffer.from(bytes)));
  });

  it("of AWS name the key, the day and the headers that they sign", async () => {
    const auth = awsSigV4({ secret: "x/k", service: "service", region: "us-east-1" }) as Extract<
      ReturnType<typeof awsSigV4>,
      { kind: "aws-sigv4" }
    >;
    const sign = sigV4Signer(auth, {
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    });
    const signed = await sign({ method: "GET", url: "https://example.amazonaws.com/", headers: {}, body: undefined }, NOW);
    expect(signed.headers["x-amz-date"]).to.equal("20150830T123600Z");
    expect(signed.headers.authorization).to.match(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20150830\/us-east-1\/service\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
    expect(signed.headers).not.to.have.property("host");
  });
});
