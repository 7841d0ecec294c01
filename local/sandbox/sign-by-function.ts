import { createHmac, createPrivateKey, randomUUID, sign } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Signature } from "../../model/index.ts";
import type { Sender, SentCall } from "../../model/sender.ts";
import { certificateSenders } from "../../model/signature-certificates.ts";
import { schemeSenders } from "../../model/signature-schemes.ts";
import { tryJson } from "./http.ts";

/** @returns who signs by the function of a preset; `undefined` for a function of a flow, and for what is no function */
export const senderOf = ({ kind, scheme }: Signature): Sender | undefined =>
  kind === "function" ? (schemeSenders[scheme] ?? certificateSenders[scheme]) : undefined;

/**
 * @param by.key `current` of the secret
 * @param by.signingKey PKCS #8 in base64, which only the sandbox has
 * @param by.time ms since the epoch
 */
export function signByFunction(
  { sign: signs }: Sender,
  call: SentCall,
  { key, signingKey = "", time }: { readonly key: string; readonly signingKey?: string | undefined; readonly time: number },
): SentCall {
  const fields = tryJson(call.body)?.value;
  return signs(call, {
    key,
    time: new Date(time),
    fields: typeof fields === "object" && fields !== null && !Array.isArray(fields) ? { ...fields } : {},
    hmac: (content, encoding, keyEncoding = "utf8") =>
      createHmac("sha256", Buffer.from(key, keyEncoding)).update(content).digest(encoding),
    rsa: (content, digest) => {
      const privateKey = createPrivateKey({ key: Buffer.from(signingKey, "base64"), format: "der", type: "pkcs8" });
      return sign(digest, Buffer.from(content), privateKey).toString("base64");
    },
    crc32,
    uuid: randomUUID,
  });
}
