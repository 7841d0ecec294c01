import { createSecureContext } from "node:tls";
import { CERTIFICATE_KEYS } from "../../model/adapter-secrets.ts";
import { RetryableError } from "../errors.ts";
import { keysOf } from "../secret-cache.ts";
import type { TlsIdentity } from "./fetch-with-certificate.ts";

/** The same secret gives the same identity, so that connections are kept. */
const identities = new WeakMap<object, TlsIdentity>();

/**
 * @param name of the secret, for errors
 * @throws RetryableError `SECRET_INVALID` when it holds no certificate with its key
 */
export function identityOf(name: string, secret: Readonly<Record<string, string>>): TlsIdentity {
  const known = identities.get(secret);
  if (known) return known;
  const { certificate, privateKey } = keysOf(name, secret, CERTIFICATE_KEYS);
  const identity = { certificate, privateKey, passphrase: secret.passphrase, ca: secret.ca };
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
  identities.set(secret, identity);
  return identity;
}
