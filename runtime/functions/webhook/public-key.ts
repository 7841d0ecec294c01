import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { PublicKeySignature } from "../../../model/signature.ts";
import type { Content } from "./signed-content.ts";

/** SubjectPublicKeyInfo of an Ed25519 key without its 32 bytes. https://www.rfc-editor.org/rfc/rfc8410#section-4 */
const ED25519_SPKI = Buffer.from("302a300506032b6570032100", "hex");

/** @param text 64 hex digits, base64 of the SubjectPublicKeyInfo, or PEM. @throws Error when it is none of these, or of another algorithm */
export function publicKeyOf({ algorithm }: PublicKeySignature, text: string): KeyObject {
  const key = /^[0-9a-f]{64}$/i.test(text)
    ? createPublicKey({ key: Buffer.concat([ED25519_SPKI, Buffer.from(text, "hex")]), format: "der", type: "spki" })
    : text.includes("-----BEGIN")
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
  const types = { ed25519: "ed25519", ecdsa: "ec", rsa: "rsa" };
  if (key.asymmetricKeyType !== types[algorithm]) throw new TypeError(`the key is not for ${algorithm}`);
  return key;
}

/** @param given as in the header */
export function isSignedBy(signature: PublicKeySignature, key: string, content: Content, given: string): boolean {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  try {
    const digest = signature.algorithm === "ed25519" ? null : "sha256";
    return verify(digest, bytes, publicKeyOf(signature, key), Buffer.from(given, signature.encoding));
  } catch {
    return false; // A signature of another length or form.
  }
}
