import { createHmac } from "node:crypto";
import type { FunctionSignature, SignatureTools, SignedCall } from "../../../model/signature.ts";
import { digitsOf } from "../../exact-json.ts";
import type { Call } from "./call.ts";
import { type SigningKeys, sameText } from "./keys.ts";
import { fieldAt } from "./value-at.ts";

/** Has the declaration's function verify a call. @param now ms since the epoch */
export const verifyByFunction = ({ verify }: FunctionSignature, call: Call, keys: SigningKeys, now: number) =>
  verify(callFor(call), toolsFor(keys, now));

function callFor({ method, url, headers, body }: Call): SignedCall {
  const text = body.toString();
  let json: unknown;
  try {
    json = digitsOf(text);
  } catch {
    json = undefined;
  }
  return { method, url, headers, text, json };
}

const toolsFor = (keys: SigningKeys, now: number): SignatureTools => ({
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
  isRecent: (time, most) => /^\d{1,10}$/.test(time) && Math.abs(now - Number(time) * 1_000) <= most * 1_000,
  at(data, path) {
    const value = fieldAt(path, data);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
  },
});
