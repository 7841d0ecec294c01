import { type SandboxRequest, tryJson } from "./http.ts";
import type { ThirdParty, ThirdPartyOperation } from "./types.ts";

const HIDDEN = "***";

export function redactedHeaders(
  { auth }: ThirdParty,
  operation: ThirdPartyOperation | undefined,
  headers: SandboxRequest["headers"],
): Record<string, string> {
  const own = auth.kind === "api-key" || auth.kind === "hmac" ? Object.keys(auth.headers) : [];
  const secret = new Set(["authorization", "x-amz-security-token", ...own, ...Object.keys(operation?.secretHeaders ?? {})]);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, secret.has(name) ? HIDDEN : value]));
}

/** @param url path and query as sent */
export function redactedUrl({ name, auth, secretUrl }: ThirdParty, url: string): string {
  if (secretUrl !== undefined) return `/${name}/${HIDDEN}`;
  const names = auth.kind === "api-key" || auth.kind === "hmac" ? Object.keys(auth.query) : [];
  const [path = "", ...rest] = url.split("?");
  const query = new URLSearchParams(rest.join("?"));
  if (!names.some((name) => query.has(name))) return url;
  for (const name of names) query.set(name, HIDDEN);
  return `${path}?${query}`;
}

/** Of a call of the token endpoint. */
export function redactedForm(body: string): Record<string, string> {
  const secret = ["client_secret", "client_assertion", "assertion", "refresh_token"];
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [name, secret.includes(name) ? HIDDEN : value]),
  );
}

/** Parsed JSON, or else text; the size of what is no text. */
export function bodyOf({ body, bytes, headers }: SandboxRequest): unknown {
  if (bytes.length === 0) return null;
  if ((headers["content-type"] ?? "").startsWith("multipart/") || !Buffer.from(body).equals(bytes))
    return `${bytes.length} bytes`;
  const json = tryJson(body);
  return json ? json.value : body;
}
