import type { Duration } from "./duration.ts";

/** A field of the body (a path with dots, such as `body:event.type`), or a header in lower case, such as `header:x-github-event`. */
export type Place = `body:${string}` | `header:${string}`;

/**
 * Source of a delivery's id. Calls with the same id are one delivery, however often the third party sends it. `call`: each call is a
 * delivery of its own, for senders that repeat none without an id. `body`: equal bodies are one delivery. Fields that are only together unique are separated by commas:
 * `body:eventId,subscriptionId`.
 */
export type DeliveryId = Place | "body" | "call";

/**
 * Format of the body: JSON, an HTML form (its fields are the event's data: strings, or lists of strings for repeated fields), or the
 * JSON in a form's field `payload`. The declaration decides, because the call's content type is not signed.
 */
export type BodyForm = "json" | "form" | "form-payload";

/** What the sender gets for a call that was taken. */
export interface WebhookAnswer {
  /** Status of the answer. @range 200 to 299 @error WEBHOOK */
  readonly status: number;
  /** Content type of `body`. @default "text/plain; charset=utf-8" @error WEBHOOK */
  readonly contentType?: string;
  /** The body; `""` for none. @default the hub's JSON: requestId, correlationId, status, statusUrl */
  readonly body?: string;
}

/** RFC 9110, section 8.3.1, as far as answers need it. */
export const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(; ?[\w-]+="?[\w.-]+"?)*$/;

/** Settings of every verification scheme. */
interface Verification {
  /** Name of the preset, for display. */
  readonly scheme: string;
  /**
   * Name of the secret. Its value: `{ "current": "…", "previous": "…" }`; `previous` is accepted while keys rotate, and so is each
   * further field whose name begins with `previous`.
   */
  readonly secret: string;
  /** Header that carries the signature, lower case. */
  readonly header: string;
  /** Tried in order; when none is present, the signed content identifies the delivery. */
  readonly deliveryId: readonly DeliveryId[];
  /**
   * What the same body under another, unsigned id means. `replay`: the same delivery, because an attacker who saw one signed call can
   * attach a new id to it. `distinct`: a new delivery. Has no effect on ids that are signed.
   */
  readonly identicalBodies: "replay" | "distinct";
  readonly body: BodyForm;
  /** As the sender documents it; `undefined`: 202 with the hub's JSON. */
  readonly answer: WebhookAnswer | undefined;
  /** How the third party verifies the URL before it sends anything. */
  readonly handshake: Handshake | undefined;
}

/**
 * How a third party asks whether a URL expects its calls: Slack, Zoom, Twitch, Discord and Amazon SNS by a signed POST, Microsoft Graph by
 * an unsigned one, Meta and Dropbox by a GET, Trello by a HEAD.
 */
export type Handshake =
  | "slack"
  | "zoom"
  | "twitch"
  | "discord"
  | "meta"
  | "dropbox"
  | "trello"
  | "amazon-sns"
  | "microsoft-graph";

/** How a header holds its signatures and, in some schemes, the timestamp. `t=1,v1=ab` is `{ separator: ",", timestamp: "t=", signature: "v1=" }`. */
interface HeaderLayout {
  /** Separates the entries of the header. @default the header is one entry */
  readonly separator?: string;
  /** Start of each entry that holds a signature; `""` when the entry is the signature. Several entries may hold one while keys rotate. */
  readonly signature: string;
  /** Start of the entry that holds the timestamp. @default the header holds none */
  readonly timestamp?: string;
}

export interface HmacSignature extends Verification {
  readonly kind: "hmac";
  readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
  readonly encoding: "hex" | "base64";
  readonly layout: HeaderLayout;
  /** Encoding of the key in the secret: as it stands, or base64 with or without a leading `whsec_`. */
  readonly key: "text" | "base64";
  /**
   * The signed content: text with `{body}` (the raw bytes), `{timestamp}`, `{method}`, `{url}` and `{header:<name>}`. `mercado-pago`: its
   * manifest, which excludes the body.
   */
  readonly signed: string;
  /** For `{url}`: as it is configured at the third party; `undefined`: the URL that was called. */
  readonly url: string | undefined;
  /** How the timestamp is written; `undefined`: seconds, of which 13 digits are milliseconds. */
  readonly time: "milliseconds" | "rfc3339" | undefined;
  /** Header of the timestamp, unless the signature's header holds it. */
  readonly timestampHeader: string | undefined;
  /** Greatest allowed distance of the timestamp from now, past or future; `undefined` where the scheme signs no time. */
  readonly tolerance: Duration | undefined;
}

/** HMAC-SHA1, in base64, over the whole URL and the form's fields. https://www.twilio.com/docs/usage/security#validating-requests */
export interface TwilioSignature extends Verification {
  readonly kind: "twilio";
  /** As it is configured at Twilio, with its query string; `undefined`: the URL that was called. */
  readonly url: string | undefined;
}

/** The secret itself in a header or a field of the body: it authenticates the caller, but does not protect the body. */
export interface SharedSecret extends Verification {
  readonly kind: "shared-secret";
  /** Instead of the header: path of dots in the body, where `*` is each item of a list, such as `value.*.clientState`. */
  readonly field: string | undefined;
  /** Before the secret, such as `Bearer `. */
  readonly prefix: string;
}

/**
 * A signature by a private key of the third party. The secret holds the public key, in the form that the third party shows: 64 hex digits
 * (Ed25519), base64 of the SubjectPublicKeyInfo, or PEM.
 */
export interface PublicKeySignature extends Verification {
  readonly kind: "public-key";
  /** `ecdsa` signatures are DER; `rsa` is RSASSA-PKCS1-v1_5. Both over SHA-256. */
  readonly algorithm: "ed25519" | "ecdsa" | "rsa";
  readonly encoding: "hex" | "base64";
  /** As `HmacSignature.signed`. */
  readonly signed: string;
  readonly timestampHeader: string | undefined;
  readonly tolerance: Duration | undefined;
}

/** What a signature by a function may read of a call. */
export interface SignedCall {
  readonly method: string;
  /** The URL that was called, without query. */
  readonly url: string;
  /** All values of a header. @param name lower case */
  headers(name: string): readonly string[];
  readonly text: string;
  /** The body as JSON, each number as the text that was sent; `undefined` when it is not JSON. */
  readonly json: unknown;
}

/** What a signature by a function is written with. */
export interface SignatureTools {
  /** True when one of the secret's keys gives this signature. Compares in constant time. */
  hmac(
    content: string,
    signature: string,
    options?: {
      /** @default "sha256" */
      readonly algorithm?: HmacSignature["algorithm"];
      /** Of the signature. @default "hex" */
      readonly encoding?: "hex" | "base64";
      /** Of the key in the secret. @default "text" */
      readonly key?: "text" | "hex" | "base64";
    },
  ): boolean;
  /** True when a text is one of the secret's keys. Compares in constant time. */
  isKey(text: string): boolean;
  /** True when a time, in seconds since the epoch or as RFC 3339, is not further from now. @param most seconds */
  isRecent(time: string, most: number): boolean;
  /** CRC-32 of the body's bytes (ISO 3309), 0 to 2^32 - 1. */
  crc32(): number;
  /**
   * Verifies a signature by the certificate that a call names: RSASSA-PKCS1-v1_5. The secret's field `certificate` (PEM) stands for the
   * certificate where it is set; then nothing is downloaded.
   * @returns why the signature is invalid; `undefined` when it is valid
   */
  certified(of: CertifiedContent): Promise<string | undefined>;
  /** The value at a path of dots in plain data; `undefined` when it is no text, number or boolean. */
  at(data: unknown, path: string): string | undefined;
}

/** What a certificate's key must have signed. */
export interface CertifiedContent {
  /** Of the certificate, as the call names it. Anyone may send any URL, so nothing but https on the default port, without query, is fetched. */
  readonly url: string;
  /** Hosts that serve nothing but what the third party itself publishes under `path`. `*` is one label. */
  readonly hosts: readonly string[];
  /** Start of the URL's path. */
  readonly path: string;
  /** What is signed; a function for content that holds a key of the secret. Each key is tried. */
  readonly content: string | ((key: string) => string);
  /** Base64. */
  readonly signature: string;
  /** @default "sha256" */
  readonly digest?: "sha1" | "sha256";
}

/** A signature that a function verifies, for schemes that the others can't describe. */
export interface FunctionSignature extends Verification {
  readonly kind: "function";
  /** Fields of the body that are signed; ids elsewhere are not reliable. */
  readonly covers: readonly Place[];
  /** @returns the signed parts, or why the signature is invalid, for the log */
  readonly verify: (call: SignedCall, tools: SignatureTools) => FunctionVerdict | Promise<FunctionVerdict>;
}
type FunctionVerdict = { readonly signed: readonly string[] } | { readonly fault: string };

/** How an ingress function verifies that a webhook comes from the third party. Plain data but for `FunctionSignature.verify`. */
export type Signature = HmacSignature | TwilioSignature | SharedSecret | PublicKeySignature | FunctionSignature;
/** A signature that is verified by its description alone. */
export type PlainSignature = Exclude<Signature, FunctionSignature>;

/** Options of every preset. */
export interface SignatureOptions {
  /** Name of the secret; its value is `{ "current": "…", "previous"?: "…" }`. */
  readonly secret: string;
  /**
   * What identifies a delivery; the first that a call has counts: `header:…`, `body:…` (several fields: `body:a,b`), `body` (equal bodies are
   * one delivery), or at the end `call` (each call without an id is a delivery of its own). @default the preset's; else what is signed
   * @error WEBHOOK
   */
  readonly deliveryId?: readonly DeliveryId[];
  /** Where ids are not signed: what a call with a body that came before, and another id, is. `replay`: the same delivery; `distinct`: a new one. @default the preset's; else "replay" */
  readonly identicalBodies?: "replay" | "distinct";
  /** Form of the body: JSON, a form's fields, or the JSON in a form's field `payload`. @default the preset's; else "json" */
  readonly body?: BodyForm;
  /** What the sender gets for a call that was taken. @default the preset's: what the sender documents, else 202 with JSON */
  readonly answer?: WebhookAnswer;
}

export interface HmacOptions extends SignatureOptions {
  /** Header that carries the signature. @error WEBHOOK */
  readonly header: string;
  /** Digest of the HMAC. @default "sha256" */
  readonly algorithm?: HmacSignature["algorithm"];
  /** How the signature is written; hex in either case. @default "hex" */
  readonly encoding?: HmacSignature["encoding"];
  /** Before the signature, such as `sha256=`. @default "" */
  readonly prefix?: string;
  /**
   * How the header holds signatures and timestamp, where it is more than `prefix` and one signature: `{ separator: ",", timestamp: "t=",
   * signature: "v1=" }` for `t=…,v1=…`, `{ separator: ";", timestamp: "ts=", signature: "h1=" }` for `ts=…;h1=…`.
   */
  readonly layout?: HeaderLayout;
  /** How the key is written in the secret: as it is, or in base64, with or without `whsec_` before it. @default "text" */
  readonly key?: HmacSignature["key"];
  /** Header of a timestamp. `signed` must then hold `{timestamp}`. */
  readonly timestampHeader?: string;
  /** How the timestamp is written. @default seconds since the epoch; 13 digits are milliseconds */
  readonly time?: "milliseconds" | "rfc3339";
  /** Greatest distance of the timestamp from now, past or future. @range 1 second to 7 days @default "5 minutes" where there is a timestamp */
  readonly tolerance?: Duration;
  /** What is signed: text with `{body}`, `{timestamp}`, `{method}`, `{url}`, `{header:<name>}`. @default "{timestamp}.{body}" where there is a timestamp, else "{body}" @error WEBHOOK */
  readonly signed?: string;
  /** For `{url}` in `signed`, where it is not the URL that was called. */
  readonly url?: string;
}

const TOLERANCE: Duration = "5 minutes";

/**
 * HMAC with any combination of options, for senders without a preset.
 * @example hmac({ secret: "parcels/hook", header: "x-signature", layout: { separator: ",", timestamp: "t=", signature: "v1=" } })
 */
export const hmac = (options: HmacOptions): HmacSignature => {
  const timestampHeader = options.timestampHeader?.toLowerCase();
  const layout = options.layout ?? { signature: options.prefix ?? "" };
  const timed = timestampHeader !== undefined || layout.timestamp !== undefined;
  return {
    kind: "hmac",
    scheme: "hmac",
    ...common(options, {}),
    header: options.header.toLowerCase(),
    algorithm: options.algorithm ?? "sha256",
    encoding: options.encoding ?? "hex",
    layout,
    key: options.key ?? "text",
    signed: options.signed ?? (timed ? "{timestamp}.{body}" : "{body}"),
    url: options.url,
    timestampHeader,
    time: options.time,
    tolerance: options.tolerance ?? (timed ? TOLERANCE : undefined),
  };
};

/**
 * The secret itself in a header, or in a field of the JSON body. Prefer a signature where the sender offers one: this does not protect the
 * body.
 */
export const sharedSecret = (
  options: SignatureOptions & {
    /** Before the secret, such as `Bearer `. @default "" */
    readonly prefix?: string;
  } & (
      | {
          /** Such as `x-gitlab-token`. */
          readonly header: string;
        }
      | {
          /** Path of dots in the body, where `*` is each item of a list that is not empty: `token`, `value.*.clientState`. */
          readonly field: string;
        }
    ),
): SharedSecret => ({
  kind: "shared-secret",
  scheme: "shared-secret",
  // Nothing is signed, so an id is as trustworthy as the body.
  ...common(options, { identicalBodies: options.deliveryId === undefined ? "replay" : "distinct" }),
  header: "header" in options ? options.header.toLowerCase() : "",
  field: "field" in options ? options.field : undefined,
  prefix: options.prefix ?? "",
});

/** Merges a preset's delivery settings with the options. */
export const common = (
  { secret, ...options }: SignatureOptions,
  preset: Partial<Pick<Verification, "deliveryId" | "identicalBodies" | "body" | "handshake" | "answer">>,
) => ({
  secret,
  deliveryId: (options.deliveryId ?? preset.deliveryId ?? []).map(
    (id): DeliveryId => (id.startsWith("header:") ? (id.toLowerCase() as DeliveryId) : id),
  ),
  identicalBodies: options.identicalBodies ?? preset.identicalBodies ?? ("replay" as const),
  body: options.body ?? preset.body ?? ("json" as const),
  answer: options.answer ?? preset.answer,
  handshake: preset.handshake,
});

/**
 * A signature by a private key of the third party, for senders without a preset.
 * @param options.tolerance 1 second to 7 days. @default "5 minutes" where there is a `timestampHeader`
 */
export const publicKey = (
  options: SignatureOptions &
    Pick<PublicKeySignature, "algorithm"> &
    Partial<Pick<PublicKeySignature, "encoding" | "signed" | "timestampHeader" | "tolerance">> & { readonly header: string },
): PublicKeySignature => {
  const timestampHeader = options.timestampHeader?.toLowerCase();
  return {
    kind: "public-key",
    scheme: "public-key",
    ...common(options, {}),
    header: options.header.toLowerCase(),
    algorithm: options.algorithm,
    encoding: options.encoding ?? "base64",
    signed: options.signed ?? (timestampHeader === undefined ? "{body}" : "{timestamp}{body}"),
    timestampHeader,
    tolerance: options.tolerance ?? (timestampHeader === undefined ? undefined : TOLERANCE),
  };
};

/**
 * A signature that a function verifies, written with `tools`. The sandbox can't sign such calls: send it signed ones.
 * @param options.header that carries the signature, for the documentation. @default none: it is in the body
 */
export const signature = (
  options: SignatureOptions &
    Pick<FunctionSignature, "verify"> & { readonly covers?: readonly Place[]; readonly header?: string },
): FunctionSignature => ({
  kind: "function",
  scheme: "function",
  ...common(options, {}),
  header: options.header?.toLowerCase() ?? "",
  covers: options.covers ?? [],
  verify: options.verify,
});
