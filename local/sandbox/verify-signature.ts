import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { type Auth, fillTemplate, partsOf, placeholders, type SignedCalls, signedText } from "../../model/index.ts";
import type { SandboxRequest } from "./http.ts";
import { Sha256 } from "./sha256.ts";
import type { Credentials } from "./tokens.ts";

/** Longest difference between the clocks. */
const TOLERANCE_MS = 300_000;

/** @returns why the signature of `hmacSigned` is refused */
export function hmacFault(auth: SignedCalls, credentials: Credentials, request: SandboxRequest, now: number): string | undefined {
  const { headers, query, bytes } = request;
  const sent: Record<string, string> = {};
  for (const [templates, sentValue] of [
    [auth.headers, (name: string) => headers[name]],
    [auth.query, (name: string) => query.get(name) ?? undefined],
  ] as const)
    for (const [name, template] of Object.entries(templates)) {
      const found = partsIn(template, sentValue(name) ?? "", credentials);
      if (!found) return `"${name}" is missing, or not of the form "${template}".`;
      Object.assign(sent, found);
    }
  const time = timeOf(sent);
  if (time !== undefined && !(Math.abs(now - time) <= TOLERANCE_MS)) return "The time of the signature is too far off.";
  const url = new URL(request.url, "http://sandbox");
  for (const name of Object.keys(auth.query)) url.searchParams.delete(name);
  const body = bytes.toString("latin1");
  const made = partsOf({
    method: request.method,
    host: headers.host ?? "",
    path: url.pathname,
    query: url.search.slice(1),
    body,
    bodySha256: createHash("sha256").update(bytes).digest("hex"),
    now: time ?? now,
    nonce: "",
  });
  const signed = Buffer.from(signedText(auth.signed, { ...made, ...sent }, credentials), "latin1");
  const key = Buffer.from(credentials[auth.key] ?? "", auth.keyEncoding);
  return createHmac(auth.algorithm, key).update(signed).digest(auth.encoding) === sent.signature
    ? undefined
    : `The signature is wrong. Sign "${auth.signed}" with "${auth.key}" of the secret "${auth.secret}".`;
}

/** @returns the values of a template's placeholders in a text; `undefined` when the text is not of its form */
function partsIn(template: string, text: string, credentials: Credentials): Record<string, string> | undefined {
  const names = placeholders(template).filter((name) => !name.startsWith("secret:"));
  const pattern = template
    .split(/(\{[^{}]*\})/)
    .map((part) => {
      if (!/^\{.*\}$/.test(part)) return escaped(part);
      return part.startsWith("{secret:") ? escaped(fillTemplate(part, {}, credentials)) : "(.+?)";
    })
    .join("");
  const found = new RegExp(`^${pattern}$`).exec(text);
  return found ? Object.fromEntries(names.map((name, i) => [name, found[i + 1] ?? ""])) : undefined;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const timeOf = ({ timestamp, timestampMs, isoTime }: Readonly<Record<string, string>>): number | undefined => {
  if (timestampMs !== undefined) return Number(timestampMs);
  if (timestamp !== undefined) return Number(timestamp) * 1_000;
  return isoTime === undefined ? undefined : Date.parse(isoTime);
};

/** @returns why a signature of AWS is refused */
export async function sigV4Fault(
  { service, region, secret }: Extract<Auth, { kind: "aws-sigv4" }>,
  { accessKeyId = "", secretAccessKey = "", sessionToken }: Credentials,
  request: SandboxRequest,
  now: number,
): Promise<string | undefined> {
  const { authorization = "", "x-amz-date": date = "" } = request.headers;
  const wrong = `Sign the call for ${service} in ${region} with the keys of the secret "${secret}".`;
  const names = /SignedHeaders=([^,\s]+)/.exec(authorization)?.[1]?.split(";");
  const [, y, m, d, h, min, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  if (!names || y === undefined) return wrong;
  const signingDate = new Date(`${y}-${m}-${d}T${h}:${min}:${s}Z`);
  if (!(Math.abs(now - signingDate.getTime()) <= TOLERANCE_MS)) return "The time of the signature is too far off.";
  const url = new URL(request.url, "http://sandbox");
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256,
    uriEscapePath: service !== "s3",
  });
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: "http:",
      hostname: url.hostname,
      path: url.pathname,
      query,
      headers: Object.fromEntries(names.map((name) => [name, request.headers[name] ?? ""])),
      body: request.bytes.length === 0 ? undefined : request.bytes,
    },
    { signingDate },
  );
  return headers.authorization === authorization ? undefined : wrong;
}
