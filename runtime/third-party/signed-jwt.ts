import { createPrivateKey, type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { JwtAlgorithm } from "../../model/auth.ts";
import { RetryableError } from "../errors.ts";

type Secret = Readonly<Record<string, string>>;

/** Lifetime of an assertion: it is used at once. Google's limit is an hour. */
const ASSERTION_SECONDS = 300;

/**
 * @param name of the secret, for the error
 * @param secret its `privateKey` is a PEM text
 * @param now ms since the epoch
 * @throws RetryableError `SECRET_INVALID` for a private key that can't sign by the algorithm
 */
export async function signedJwt(
  name: string,
  { privateKey = "", keyId }: Secret,
  algorithm: JwtAlgorithm,
  claims: Readonly<Record<string, string>>,
  now: number,
): Promise<string> {
  const issued = Math.floor(now / 1_000);
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKey);
    return await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: algorithm, typ: "JWT", ...(keyId !== undefined && { kid: keyId }) })
      .setIssuedAt(issued)
      .setExpirationTime(issued + ASSERTION_SECONDS)
      .setJti(randomUUID())
      .sign(key);
  } catch {
    // The error might quote the key.
    throw new RetryableError("SECRET_INVALID", `the secret ${name} holds no private key (PEM) for ${algorithm}. Store it again.`);
  }
}
