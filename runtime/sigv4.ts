import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

/** Keys of a role or a user. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
/** What proxies and clients change on the way, as AWS's own signers leave it out. */
const UNSIGNED =
  /^(authorization|cache-control|connection|expect|from|keep-alive|max-forwards|pragma|referer|te|trailer|transfer-encoding|upgrade|user-agent|x-amzn-trace-id|proxy-.*|sec-.*)$/;

/**
 * Signs a request by Signature Version 4. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @param scope.service as its signatures name it, such as `dynamodb`
 * @param now ms since the epoch
 * @param contentHeader whether `x-amz-content-sha256` is sent, too. The signature holds the body's hash in any case. @default false
 * @returns the headers with those of the signature, without `host`
 */
export function signedHeaders(
  { method, url, headers, body }: SignableRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsKeys,
  { service, region }: { readonly service: string; readonly region: string },
  now: number,
  contentHeader = false,
): Readonly<Record<string, string>> {
  const time = `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const day = time.slice(0, 8);
  const bodyHash = hash("sha256", body ?? "");
  const sent: Record<string, string> = { ...headers, "x-amz-date": time };
  if (sessionToken !== undefined) sent["x-amz-security-token"] = sessionToken;
  if (contentHeader) sent["x-amz-content-sha256"] = bodyHash;
  const signable = Object.entries({ ...sent, host: url.host })
    .filter(([name]) => !UNSIGNED.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signable.map(([name]) => name).join(";");
  const lines = signable.map(([name, value]) => `${name}:${value.trim().replaceAll(/\s+/g, " ")}\n`).join("");
  // S3 alone signs the path as it is; of others, slashes in a row are one.
  const path = service === "s3" ? url.pathname : escaped(url.pathname).replaceAll(/(%2F)+/g, "/");
  const canonical = [method, path, canonicalQuery(url), lines, names, bodyHash].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = signingKey(secretAccessKey, day, region, service);
  const signature = createHmac("sha256", key)
    .update([ALGORITHM, time, scope, hash("sha256", canonical)].join("\n"))
    .digest("hex");
  sent.authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return sent;
}

function canonicalQuery(url: URL): string {
  if (url.search === "") return "";
  return [...url.searchParams]
    .map(([name, value]) => [escaped(name), escaped(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map((pair) => pair.join("="))
    .join("&");
}

/** By RFC 3986, of which `encodeURIComponent` leaves five characters as they are. */
const escaped = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

/** Keys of the day, of each region and service: four hashes less a request. As an object a key is used in a sixth of the time that bytes take. */
const keys = new Map<string, KeyObject>();
const MOST_KEYS = 50;

function signingKey(secret: string, ...scope: readonly string[]): KeyObject {
  const name = [secret, ...scope].join(" ");
  const known = keys.get(name);
  if (known) return known;
  const bytes = [...scope, "aws4_request"].reduce<Buffer>(
    (before, part) => createHmac("sha256", before).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  );
  const key = createSecretKey(bytes);
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(name, key);
  return key;
}
