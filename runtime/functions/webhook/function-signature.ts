import { createHmac } from "node:crypto";
import { crc32 } from "node:zlib";
import type { FunctionSignature, SignatureTools, SignedCall } from "../../../model/signature.ts";
import { type Call, jsonOf } from "./call.ts";
import type { Certificates } from "./certificates.ts";
import { type SigningKeys, sameText } from "./keys.ts";
import { millisecondsOf } from "./signed-time.ts";
import { fieldAt } from "./value-at.ts";
import type { Verdict } from "./verify.ts";

interface Known {
  readonly keys: SigningKeys;
  readonly certificates: Certificates;
  /** PEM that the secret holds, instead of the one that a call names. */
  readonly certificate?: string | undefined;
  /** Ms since the epoch. */
  readonly now: number;
}

/**
 * Has the declaration's function verify a call.
 * @throws HttpProblem 503 when a certificate can't be downloaded
 */
export const verifyByFunction = async ({ verify }: FunctionSignature, call: Call, known: Known): Promise<Verdict> =>
  verify(callFor(call), toolsFor(call, known));

const callFor = ({ method, url, headers, body }: Call): SignedCall => ({
  method,
  url,
  headers,
  text: body.toString(),
  json: jsonOf(body),
});

const toolsFor = (call: Call, { keys, certificates, certificate, now }: Known): SignatureTools => ({
  hmac(content, signature, { algorithm = "sha256", encoding = "hex", key: form = "text" } = {}) {
    const given = encoding === "hex" ? signature.toLowerCase() : signature;
    const signs = (key: string) =>
      sameText(
        createHmac(algorithm, form === "text" ? key : Buffer.from(key, form))
          .update(content)
          .digest(encoding),
        given,
      );
    return keys.filter(signs).length > 0;
  },
  isKey: (text) => keys.filter((key) => sameText(key, text)).length > 0,
  isRecent(time, most) {
    const at = millisecondsOf(time, /^\d{1,10}$/.test(time) ? undefined : "rfc3339");
    return at !== undefined && Math.abs(now - at) <= most * 1_000;
  },
  at(data, path) {
    const value = fieldAt(path, data);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
  },
  crc32: () => crc32(call.body),
  certified: (of) => certificates.faultOf(of, keys, certificate),
});
