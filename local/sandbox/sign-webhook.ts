import { createHash, createHmac, createPrivateKey, randomUUID, sign } from "node:crypto";
import type { HmacSignature, PublicKeySignature, Signature } from "../../model/index.ts";
import { tryJson } from "./http.ts";
import { senderOf, signByFunction } from "./sign-by-function.ts";
import type { SignedCall } from "./types.ts";

/**
 * Signs as the third party does. This code follows the third party's documentation, not the verifying function, so that each shows
 * mistakes of the other.
 * @param verify how the flow declares the webhook
 * @param json the payload; sent unchanged, or as a form where the declaration says so
 * @param options.headers headers of the request to the sandbox. Delivery ids are taken from them, or generated
 * @param options.time ms since the epoch
 * @throws TypeError for a signature by a function of a flow
 */
export function signWebhook(
  verify: Signature,
  json: string,
  options: {
    readonly url: string;
    /** Of the secret: the private key where the third party has one (`signingKey`), else `current`. */
    readonly key: string;
    /** Private key of a third party whose `current` is something else. */
    readonly signingKey?: string | undefined;
    readonly headers: Readonly<Record<string, string>>;
    readonly time: number;
  },
): SignedCall {
  const body = bodyOf(verify, json);
  const type = verify.body === "json" ? "application/json" : "application/x-www-form-urlencoded";
  const ids = verify.deliveryId.flatMap((id) => (id.startsWith("header:") ? [id.slice("header:".length)] : []));
  const headers = {
    "content-type": type,
    ...Object.fromEntries(ids.map((name) => [name, options.headers[name] ?? randomUUID()])),
  };
  const plain = { url: options.url, headers, body };
  switch (verify.kind) {
    case "shared-secret": {
      const shown = verify.prefix + options.key;
      if (verify.field === undefined) return { ...plain, headers: { ...headers, [verify.header]: shown } };
      return { ...plain, body: JSON.stringify(withField(verify.field.split("."), tryJson(body)?.value, shown)) };
    }
    case "twilio":
      return signTwilio(plain, verify.header, options.key, verify.body === "json", verify.url);
    case "hmac":
      return signHmac(verify, plain, json, options);
    case "public-key":
      return signByKey(verify, plain, options);
    case "function": {
      const sender = senderOf(verify);
      if (!sender) throw new TypeError(`the sandbox can't sign by a function (${verify.scheme})`);
      return { ...plain, ...signByFunction(sender, plain, options) };
    }
  }
}

function signHmac(
  verify: HmacSignature,
  call: SignedCall,
  json: string,
  { key, time }: { key: string; time: number },
): SignedCall {
  const times = { seconds: String(Math.floor(time / 1_000)), milliseconds: String(time), rfc3339: new Date(time).toISOString() };
  const at = times[verify.time ?? "seconds"];
  const mercadoPago = verify.signed === "mercado-pago";
  const id = mercadoPago ? dataIdOf(json) : "";
  const url = mercadoPago ? `${call.url}?data.id=${encodeURIComponent(id)}&type=payment` : call.url;
  const content = mercadoPago
    ? `id:${id.toLowerCase()};request-id:${call.headers["x-request-id"] ?? ""};ts:${at};`
    : verify.signed.replace(/\{([^}]+)\}/g, (_, part: string) => {
        const parts: Readonly<Record<string, string>> = {
          body: call.body,
          timestamp: at,
          method: "POST",
          url: verify.url ?? call.url,
        };
        return parts[part] ?? call.headers[part.slice("header:".length)] ?? "";
      });
  const bytes = verify.key === "text" ? key : Buffer.from(key.replace("whsec_", ""), "base64");
  const signature = createHmac(verify.algorithm, bytes).update(content).digest(verify.encoding);
  const { layout, timestampHeader } = verify;
  const entries = [layout.timestamp === undefined ? [] : layout.timestamp + at, layout.signature + signature].flat();
  return {
    ...call,
    url,
    headers: {
      ...call.headers,
      ...(timestampHeader !== undefined && { [timestampHeader]: at }),
      [verify.header]: entries.join(layout.separator),
    },
  };
}

/** @param options.key PKCS #8 in base64, which only the sandbox has */
function signByKey(verify: PublicKeySignature, call: SignedCall, { key, time }: { key: string; time: number }): SignedCall {
  const at = String(Math.floor(time / 1_000));
  const content = verify.signed.replace(/\{([^}]+)\}/g, (_, part: string) =>
    part === "body" ? call.body : part === "timestamp" ? at : "",
  );
  const privateKey = createPrivateKey({ key: Buffer.from(key, "base64"), format: "der", type: "pkcs8" });
  const digest = verify.algorithm === "ed25519" ? null : "sha256";
  const signature = sign(digest, Buffer.from(content), privateKey).toString(verify.encoding);
  const { timestampHeader } = verify;
  return { ...call, headers: { ...call.headers, ...(timestampHeader && { [timestampHeader]: at }), [verify.header]: signature } };
}

/** https://www.twilio.com/docs/usage/security#validating-requests */
function signTwilio(call: SignedCall, header: string, key: string, json: boolean, declared = call.url): SignedCall {
  const hash = `bodySHA256=${createHash("sha256").update(call.body).digest("hex")}`;
  const withHash = (url: string) => (json ? `${url}${url.includes("?") ? "&" : "?"}${hash}` : url);
  const fields = json ? new URLSearchParams() : new URLSearchParams(call.body);
  const sorted = [...new Set(fields.keys())]
    .sort()
    .flatMap((name) => [...new Set(fields.getAll(name))].sort().map((value) => name + value));
  const signature = createHmac("sha1", key)
    .update(withHash(declared) + sorted.join(""))
    .digest("base64");
  return { ...call, url: withHash(call.url), headers: { ...call.headers, [header]: signature } };
}

/** @returns the value with a text at a path of dots; `*` is each item of a list */
function withField([first = "", ...rest]: readonly string[], value: unknown, text: string): unknown {
  if (first === "*") return Array.isArray(value) ? value.map((item) => withField(rest, item, text)) : value;
  const fields = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  return { ...fields, [first]: rest.length === 0 ? text : withField(rest, fields[first], text) };
}

/** Form fields are text. A list becomes a repeated field. */
function bodyOf({ body: form }: Signature, json: string): string {
  if (form === "json") return json;
  if (form === "form-payload") return new URLSearchParams({ payload: json }).toString();
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(tryJson(json)?.value ?? {}))
    for (const item of [value as unknown].flat()) fields.append(name, typeof item === "string" ? item : JSON.stringify(item));
  return fields.toString();
}

const dataIdOf = (json: string) =>
  String((tryJson(json)?.value as { readonly data?: { readonly id?: unknown } } | undefined)?.data?.id ?? "");
