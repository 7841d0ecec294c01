import type { AuthorizerEvent } from "../../lambda.ts";
import { NotAuthenticated } from "./refusal.ts";

/** A caller's credentials. */
export type Credentials = { readonly kind: "api-key"; readonly key: string } | { readonly kind: "jwt"; readonly token: string };

/** The gateway accepts some 10 KB of headers; valid tokens are much smaller. */
const LONGEST_TOKEN = 8_192;
const LONGEST_KEY = 256;

/**
 * @param wanted kind that the route requires; `"any"`: either, preferably the API key
 * @throws NotAuthenticated
 */
export function credentialsOf(event: AuthorizerEvent, wanted: "api-key" | "jwt" | "any"): Credentials {
  const key = wanted === "jwt" ? undefined : only(event, "x-api-key");
  if (key !== undefined) {
    if (key.length > LONGEST_KEY) throw new NotAuthenticated("KEY_UNKNOWN");
    return { kind: "api-key", key };
  }
  const authorization = wanted === "api-key" ? undefined : only(event, "authorization");
  if (authorization === undefined) throw new NotAuthenticated("NO_CREDENTIALS");
  if (authorization.length > LONGEST_TOKEN) throw new NotAuthenticated("TOKEN_TOO_LARGE");
  const [, token] = /^Bearer +([^\s,]+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw new NotAuthenticated("TOKEN_MALFORMED");
  return { kind: "jwt", token };
}

/** A header that is sent twice may be read differently by a proxy before or behind the gateway. */
function only({ headers, multiValueHeaders }: AuthorizerEvent, name: string): string | undefined {
  const named = <T>(all: Readonly<Record<string, T>> | null | undefined) =>
    Object.entries(all ?? {}).flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []));
  const all = named(multiValueHeaders).flatMap((values) => values ?? []);
  const values = all.length > 0 ? all : named(headers).flatMap((value) => value ?? []);
  if (values.length > 1) throw new NotAuthenticated("DOUBLED_CREDENTIALS");
  return values[0] || undefined;
}
