import { createSecureContext } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { CERTIFICATE_KEYS } from "../../model/adapter-secrets.ts";
import { RetryableError } from "../errors.ts";
import type { TlsIdentity } from "../ports.ts";
import { keysOf } from "../secret-cache.ts";

/** The last identity of each secret: while its value stays, so does the identity, and connections are kept. */
const identities = new Map<string, TlsIdentity>();

/**
 * @param name of the secret, for errors
 * @throws RetryableError `SECRET_INVALID` when it holds no certificate with its key
 */
export function identityOf(name: string, secret: Readonly<Record<string, string>>): TlsIdentity {
  const { certificate, privateKey } = keysOf(name, secret, CERTIFICATE_KEYS);
  const identity = { certificate, privateKey, passphrase: secret.passphrase, ca: secret.ca };
  const known = identities.get(name);
  if (known && isDeepStrictEqual(known, identity)) return known;
  try {
    createSecureContext({
      cert: certificate,
      key: privateKey,
      ...(secret.passphrase !== undefined && { passphrase: secret.passphrase }),
      ...(secret.ca !== undefined && { ca: secret.ca }),
    });
  } catch {
    throw new RetryableError(
      "SECRET_INVALID",
      `the secret ${name} holds no PEM certificate with its private key. Store it again.`,
    );
  }
  identities.set(name, identity);
  return identity;
}
