import { expect } from "chai";
import { describe, it } from "mocha";
import { generate } from "selfsigned";
import { failureOf } from "../../../runtime/errors.ts";
import type { TlsIdentity } from "../../../runtime/ports.ts";
import { send, UnreachableError } from "../../../runtime/third-party/send.ts";

const url = "https://shop.example.com/s3cret";

describe("third party / send", () => {
  for (const [what, request] of [
    ["a GET with a body", { method: "GET", url, headers: {}, body: "x" }],
    ["a header with a line break", { method: "POST", url, headers: { "x-key": "s3cret\nx" }, body: "x" }],
    ["a header that is not Latin-1", { method: "POST", url, headers: { "x-key": "s3cret \u20ac" }, body: "x" }],
    ["a URL that is none", { method: "POST", url: "s3cret", headers: {}, body: "x" }],
    ["a port that fetch refuses", { method: "POST", url: "http://127.0.0.1:1/s3cret", headers: {}, body: "x" }],
  ] as const)
    it(`refuses ${what} as INVALID_REQUEST, which is no outage`, async () => {
      const error = await send("shop.get", request, 5_000, new AbortController().signal).then(
        () => expect.fail("it was sent"),
        (thrown: unknown) => thrown,
      );
      expect(failureOf(error)).to.include({ code: "INVALID_REQUEST" });
      expect(failureOf(error).message).to.not.include("s3cret");
    });

  const request = { method: "POST", url, headers: {}, body: "x" } as const;
  const failureBy = (cause: object, identity?: TlsIdentity) =>
    send("shop.post", { ...request, identity }, 5_000, new AbortController().signal, () =>
      Promise.reject(new TypeError("fetch failed", { cause })),
    ).then(
      () => expect.fail("it was answered"),
      (thrown: unknown) => thrown,
    );

  for (const code of [
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ])
    it(`${code}: the third party's certificate is refused before anything is sent`, async () => {
      const error = await failureBy({ code });
      expect(error).to.be.instanceOf(UnreachableError).and.to.include({ code: "THIRD_PARTY_UNREACHABLE", notSent: true });
      expect(failureOf(error).message).to.include(`its certificate is not trusted (${code})`);
    });
  for (const code of ["ECONNRESET", "EPROTO", "UND_ERR_SOCKET"])
    it(`${code}: the request may have arrived`, async () => {
      expect(await failureBy({ code }))
        .to.be.instanceOf(UnreachableError)
        .and.to.include({ notSent: false });
    });

  // As Node 24 reports what `openssl s_server -Verify 1 -verify_return_error` answers, in TLS 1.3 and 1.2.
  for (const [code, alert] of [
    ["ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED", "certificate expired"],
    ["EPROTO", "certificate expired"],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "unknown ca"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "certificate required"],
  ] as const)
    it(`${code}: the third party refuses the client certificate, which is no outage`, async () => {
      const made = await generate([{ name: "commonName", value: "hub" }], {
        keyType: "ec",
        algorithm: "sha256",
        notAfterDate: new Date("2026-11-01"),
        notBeforeDate: new Date("2025-11-01"),
      });
      const message = `40:error:0A000415:SSL routines:ssl3_read_bytes:ssl/tls alert ${alert}:../rec_layer_s3.c:918:SSL alert number 45`;
      const failure = failureOf(
        await failureBy(
          { code, message },
          { certificate: made.cert, privateKey: made.private, passphrase: undefined, ca: undefined },
        ),
      );
      expect(failure.code).to.equal("SECRET_INVALID");
      expect(failure.message).to.equal(
        `shop.post was not called: the third party refuses the client certificate, which is valid until 2026-11-01T00:00:00.000Z (${alert}). Store one that it takes.`,
      );
      expect(failureOf(await failureBy({ code, message })).code).to.equal("THIRD_PARTY_UNREACHABLE");
    });
});
