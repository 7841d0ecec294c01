import type { AnyAdapter } from "./adapter.ts";
import { keysOfAuth } from "./auth.ts";
import { SECRET_URL_KEY } from "./base-url.ts";
import { type HeaderValues, secretHeaders } from "./header.ts";

/** Keys of the secret of a client certificate, PEM. `ca` and `passphrase` are optional. */
export const CERTIFICATE_KEYS = ["certificate", "privateKey"] as const;

/** @returns each secret of an adapter with the keys that it must have */
export function secretsOfAdapter(adapter: AnyAdapter): ReadonlyMap<string, readonly string[]> {
  const { auth, baseUrl, clientCertificate, headers = {} } = adapter;
  const operations = Object.values(adapter.operations as Readonly<Record<string, { readonly headers: HeaderValues }>>);
  const found = new Map<string, readonly string[]>();
  const add = (secret: string, keys: readonly string[]) =>
    found.set(secret, [...new Set([...(found.get(secret) ?? []), ...keys])]);
  if (auth.kind !== "none") {
    const sets: readonly HeaderValues[] = [headers, ...operations.map((operation) => operation.headers)];
    add(auth.secret, [...keysOfAuth(auth), ...sets.flatMap(secretHeaders).map(([, key]) => key)]);
  }
  if (typeof baseUrl !== "string") add(baseUrl.secret, [SECRET_URL_KEY]);
  if (clientCertificate) add(clientCertificate.secret, CERTIFICATE_KEYS);
  return found;
}
