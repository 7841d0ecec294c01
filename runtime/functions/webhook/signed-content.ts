import { createHash } from "node:crypto";
import type { HmacSignature, TwilioSignature } from "../../../model/signature.ts";
import type { Call } from "./call.ts";
import { formFields } from "./call.ts";

/** The signed parts, in order; a text says why there are none. */
export type Content = readonly (string | Buffer)[] | string;

/** @param timestamp as in its header */
export function signedContent({ signed }: HmacSignature, call: Call, timestamp: string): Content {
  if (signed === "mercado-pago") return mercadoPagoManifest(call, timestamp);
  const parts: (string | Buffer)[] = [];
  for (const part of signed.split(/(\{[^}]+\})/)) {
    if (part === "{body}") parts.push(call.body);
    else if (part === "{timestamp}") parts.push(timestamp);
    else if (part.startsWith("{header:")) {
      const name = part.slice("{header:".length, -1);
      const [value, ...others] = call.headers(name);
      if (value === undefined || value === "" || others.length > 0) return `the signed header ${name} must occur exactly once`;
      parts.push(value);
    } else parts.push(part);
  }
  return parts;
}

/**
 * Mercado Pago does not sign the body. The one thing to check is that its resource is the query's.
 * https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks
 */
function mercadoPagoManifest(call: Call, timestamp: string): Content {
  const [id, ...otherIds] = call.query("data.id");
  const [requestId, ...otherRequestIds] = call.headers("x-request-id");
  if (id === undefined || id === "" || otherIds.length + otherRequestIds.length > 0)
    return "data.id must occur exactly once in the query, and x-request-id at most once";
  if (idInBody(call.body)?.toLowerCase() !== id.toLowerCase()) return "data.id of the body differs from the query's";
  return [`id:${id.toLowerCase()};`, requestId === undefined ? "" : `request-id:${requestId};`, `ts:${timestamp};`];
}

function idInBody(body: Buffer): string | undefined {
  try {
    const { data } = JSON.parse(body.toString()) as { readonly data?: { readonly id?: unknown } };
    return data?.id === undefined ? undefined : String(data.id);
  } catch {
    return undefined;
  }
}

/**
 * What Twilio signs: the configured URL, with or without the port, then each field's name and value in the order of the names.
 * https://www.twilio.com/docs/usage/security#validating-requests
 */
export function twilioContents({ url: declared, body }: TwilioSignature, call: Call): readonly string[] | string {
  const bodyHash = call.query("bodySHA256");
  let fields = "";
  if (body === "json") {
    const actual = createHash("sha256").update(call.body).digest("hex");
    if (bodyHash.length !== 1 || bodyHash[0]?.toLowerCase() !== actual) return "bodySHA256 of the query does not match the body";
  } else {
    const sent = formFields(call.body);
    fields = Object.keys(sent)
      .sort()
      .flatMap((name) => [...new Set([sent[name] ?? ""].flat())].sort().map((value) => name + value))
      .join("");
  }
  const hash = body === "json" ? `bodySHA256=${bodyHash[0]}` : "";
  const url =
    declared === undefined || hash === "" ? (declared ?? call.url) : `${declared}${declared.includes("?") ? "&" : "?"}${hash}`;
  return [...new Set([url, withPort(url), withoutPort(url)])].map((candidate) => candidate + fields);
}

const HOST = /^(https?:\/\/)([^/?#:]+)(:\d+)?/i;
const withPort = (url: string) =>
  url.replace(
    HOST,
    (_, scheme: string, host: string, port?: string) => scheme + host + (port ?? (/^https/i.test(scheme) ? ":443" : ":80")),
  );
const withoutPort = (url: string) => url.replace(HOST, (_, scheme: string, host: string) => scheme + host);
