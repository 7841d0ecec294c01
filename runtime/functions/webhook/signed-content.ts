import { createHash } from "node:crypto";
import type { HmacSignature, TwilioSignature } from "../../../model/signature.ts";
import { exactJson } from "../../exact-json.ts";
import { type Call, formFields } from "./call.ts";
import { querySpellings } from "./query-spellings.ts";

/** The signed parts, in order. */
export type Content = readonly (string | Buffer)[];
/** What may have been signed: the sender's spelling is unknown. The first one stands for all; a text says why there is none. */
export type Contents = readonly [Content, ...Content[]] | string;

/** @param timestamp as in its header */
export function signedContents({ signed, url }: Pick<HmacSignature, "signed" | "url">, call: Call, timestamp: string): Contents {
  if (signed === "mercado-pago") return mercadoPagoManifests(call, timestamp);
  const contentFor = (calledUrl: string): Content | string => {
    const parts: (string | Buffer)[] = [];
    for (const part of signed.split(/(\{[^}]+\})/)) {
      if (part === "{body}") parts.push(call.body);
      else if (part === "{timestamp}") parts.push(timestamp);
      else if (part === "{method}") parts.push(call.method);
      else if (part === "{url}") parts.push(calledUrl);
      else if (part.startsWith("{header:")) {
        const name = part.slice("{header:".length, -1);
        const [value, ...others] = call.headers(name);
        if (value === undefined || value === "" || others.length > 0) return `the signed header ${name} must occur exactly once`;
        parts.push(value);
      } else parts.push(part);
    }
    return parts;
  };
  if (!signed.includes("{url}")) {
    const content = contentFor("");
    return typeof content === "string" ? content : [content];
  }
  const contents = urlsOf(url, call, call.parameters).map(contentFor);
  return contents.find((content) => typeof content === "string") ?? (contents as unknown as readonly [Content, ...Content[]]);
}

/**
 * The spellings of the URL that was called: the gateway decodes the query string. A declared URL is tried as it stands, and with the call's
 * query.
 */
function urlsOf(declared: string | undefined, call: Call, parameters: Call["parameters"]): readonly string[] {
  const base = (declared ?? call.url).replace(/\?.*$/s, "");
  const queries = querySpellings(parameters).map((query) => (query === "" ? base : `${base}?${query}`));
  return [...(declared === undefined ? [] : [declared]), ...queries];
}

/**
 * Mercado Pago signs `data.id` of the query, not the body: the one thing to check is that the body is about the same resource. Its
 * documentation writes the id in lower case, its SDKs since June 2026 as it stands; what a call does not have is left out.
 * https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks
 * https://github.com/mercadopago/sdk-nodejs/pull/439, disputed by https://github.com/mercadopago/sdk-java/issues/420
 */
function mercadoPagoManifests(call: Call, timestamp: string): Contents {
  const [id = "", ...otherIds] = call.query("data.id");
  const [requestId = "", ...otherRequestIds] = call.headers("x-request-id");
  if (otherIds.length + otherRequestIds.length > 0) return "data.id of the query and x-request-id must occur at most once";
  const { data, own } = idsInBody(call.body);
  // A merchant order has its id at the top of the body.
  const about = id === "" ? data : (data ?? own);
  if (about?.toLowerCase() !== (id === "" ? undefined : id.toLowerCase()))
    return "the id in the body differs from the query's data.id";
  const manifest = (written: string) => [
    written === "" ? "" : `id:${written};`,
    requestId === "" ? "" : `request-id:${requestId};`,
    `ts:${timestamp};`,
  ];
  return [manifest(id.toLowerCase()), manifest(id)];
}

function idsInBody(body: Buffer): { readonly data?: string | undefined; readonly own?: string | undefined } {
  try {
    const { id, data } = exactJson(body.toString()).value as { readonly id?: unknown; readonly data?: { readonly id?: unknown } };
    const text = (value: unknown) => (value === undefined || value === null ? undefined : String(value));
    return { data: text(data?.id), own: text(id) };
  } catch {
    return {};
  }
}

/**
 * What Twilio signs: the URL as it was called, with or without the port, then each field's name and value in the order of the names.
 * https://www.twilio.com/docs/usage/security#validating-requests
 */
export function twilioContents({ url: declared, body }: TwilioSignature, call: Call): Contents {
  let fields = "";
  let parameters = call.parameters;
  let suffix = "";
  if (body === "json") {
    const bodyHash = call.query("bodySHA256");
    const actual = createHash("sha256").update(call.body).digest("hex");
    if (bodyHash.length !== 1 || bodyHash[0]?.toLowerCase() !== actual) return "bodySHA256 of the query does not match the body";
    // Twilio appends it.
    parameters = parameters.filter(([name]) => name !== "bodySHA256");
    suffix = `bodySHA256=${bodyHash[0]}`;
  } else {
    const sent = formFields(call.body);
    fields = Object.keys(sent)
      .sort()
      .flatMap((name) => [...new Set([sent[name] ?? ""].flat())].sort().map((value) => name + value))
      .join("");
  }
  const urls = urlsOf(declared, call, parameters).map((url) =>
    suffix === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${suffix}`,
  );
  const [first = "", ...others] = new Set(urls.flatMap((url) => [url, withPort(url), withoutPort(url)]));
  return [[first + fields], ...others.map((url): Content => [url + fields])];
}

const HOST = /^(https?:\/\/)([^/?#:]+)(:\d+)?/i;
const withPort = (url: string) =>
  url.replace(
    HOST,
    (_, scheme: string, host: string, port?: string) => scheme + host + (port ?? (/^https/i.test(scheme) ? ":443" : ":80")),
  );
const withoutPort = (url: string) => url.replace(HOST, (_, scheme: string, host: string) => scheme + host);
