import { createHash, timingSafeEqual } from "node:crypto";
import type { PublicKeySignature, Signature } from "../../../model/signature.ts";
import { RetryableError } from "../../errors.ts";
import { keysOf } from "../../secret-cache.ts";
import { publicKeyOf } from "./public-key.ts";

/** Keys that may have signed: the current one and, during a rotation, the previous ones. */
export type SigningKeys = readonly string[];

/**
 * @param secret value of the signature's secret
 * @throws RetryableError `SECRET_INVALID` for a key that is missing or of the wrong form; the message never contains a value
 */
export function signingKeys(signature: Signature, secret: Readonly<Record<string, string>>): SigningKeys {
  const { current } = keysOf(signature.secret, secret, ["current"]);
  const previous = Object.entries(secret).flatMap(([name, key]) => (name.startsWith("previous") && key !== "" ? [key] : []));
  const keys = [current, ...previous];
  // Node decodes any text as base64, and an empty key signs like any other.
  const malformed = signature.kind === "hmac" && signature.key === "base64" && keys.some((key) => !BASE64_KEY.test(key));
  if (malformed)
    throw new RetryableError(
      "SECRET_INVALID",
      `a key of the secret ${signature.secret} is not base64 (with or without the prefix whsec_). Store it as the third party shows it.`,
    );
  if (signature.kind === "public-key" && keys.some((key) => !isPublicKey(signature, key)))
    throw new RetryableError(
      "SECRET_INVALID",
      `a key of the secret ${signature.secret} is no public key for ${signature.algorithm}. Store it as the third party shows it: hex, base64 or PEM.`,
    );
  return keys;
}

function isPublicKey(signature: PublicKeySignature, key: string): boolean {
  try {
    return publicKeyOf(signature, key).type === "public";
  } catch {
    return false;
  }
}

const BASE64_KEY = /^(whsec_)?(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Compares in constant time, whatever the lengths. */
export function sameText(expected: string, given: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
