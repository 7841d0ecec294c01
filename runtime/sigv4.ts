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
/** What proxies and clients change on the way, as AWS's own signers leave it out; besides what begins with `proxy-` and `sec-`. */
const UNSIGNED: ReadonlySet<string> = new Set([
  ...["authorization", "cache-control", "connection", "expect", "from", "keep-alive", "max-forwards", "pragma", "referer", "te"],
  ...["trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"],
]);
const isSigned = (name: string) => !UNSIGNED.has(name) && !name.startsWith("proxy-") && !name.startsWith("sec-");
/** Most values have no spaces but single ones. */
const SPACES = /^\s|\s\s|[^\S ]|\s$/;
const inOneLine = (value: string) => (SPACES.test(value) ? value.trim().replaceAll(/\s+/g, " ") : value);

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
  const time = timeOf(now);
  const day = time.slice(0, 8);
  const bodyHash = hash("sha256", body ?? "");
  const sent: Record<string, string> = { ...headers, "x-amz-date": time };
  if (sessionToken !== undefined) sent["x-amz-security-token"] = sessionToken;
  if (contentHeader) sent["x-amz-content-sha256"] = bodyHash;
  const signable: Readonly<Record<string, string>> = { ...sent, host: url.host };
  const signed = Object.keys(signable).filter(isSigned).sort();
  const names = signed.join(";");
  const lines = signed.map((name) => `${name}:${inOneLine(signable[name] ?? "")}\n`).join("");
  const { pathname } = url;
  // S3 alone signs the path as it is; of others, slashes in a row are one.
  const path = pathname === "/" || service === "s3" ? pathname : escaped(pathname).replaceAll(/(%2F)+/g, "/");
  const canonical = [method, path, canonicalQuery(url), lines, names, bodyHash].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = signingKey(secretAccessKey, day, region, service);
  const signature = createHmac("sha256", key)
    .update([ALGORITHM, time, scope, hash("sha256", canonical)].join("\n"))
    .digest("hex");
  sent.authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return sent;
}

/** Calls come in groups: most are within the second of the one before. */
let last = { second: Number.NaN, time: "" };

/** @returns such as `20261130T031500Z` @param now ms since the epoch */
function timeOf(now: number): string {
  const second = Math.floor(now / 1_000);
  if (second !== last.second) last = { second, time: `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z` };
  return last.time;
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
