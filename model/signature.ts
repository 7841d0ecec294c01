import type { Duration } from "./duration.ts";

/**
 * Where a delivery's id is: in a header (lower case), or in a field of the body (dots lead inwards, such as `body:event.id`).
 * Calls with the same id are one delivery, however often the third party sends it.
 */
export type DeliveryId = `header:${string}` | `body:${string}`;

/**
 * What the body is: JSON, an HTML form (its fields are the event's data: strings, or lists of strings for a field that comes more
 * than once), or the JSON in a form's field `payload`. The declaration says it, not the call: a content type is not signed.
 */
export type BodyForm = "json" | "form" | "form-payload";

/** What all ways to verify have in common. */
interface Verification {
  /** Name of the preset, for people. */
  readonly scheme: string;
  /** Name of the secret. Its value: `{ "current": "…", "previous": "…" }`; `previous` is accepted while keys rotate. */
  readonly secret: string;
  /** Header that carries the signature, lower case. */
  readonly header: string;
  /** Tried in turn; where none is there, what is signed tells deliveries apart. */
  readonly deliveryId: readonly DeliveryId[];
  /**
   * The same body under another id that the signature does not cover: `replay` takes it for the first delivery, for anybody who
   * has seen one signed call could put a new id on it; `distinct` for a new one. Ids that are signed need no such choice.
   */
  readonly identicalBodies: "replay" | "distinct";
  readonly body: BodyForm;
  /** How the third party makes sure that the URL is the hub's, before it sends anything: Slack by a signed POST, Meta by a GET. */
  readonly handshake: "slack" | "meta" | undefined;
}

/** How a header holds its signatures; `fields` holds the timestamp, too. */
type HeaderLayout =
  | { readonly form: "plain"; readonly prefix: string }
  /** `t=…,v1=…[,v1=…]` */
  | { readonly form: "fields"; readonly timestamp: string; readonly signature: string }
  /** `v1,… v1,…` */
  | { readonly form: "list"; readonly version: string };

export interface HmacSignature extends Verification {
  readonly kind: "hmac";
  readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
  readonly encoding: "hex" | "base64";
  readonly layout: HeaderLayout;
  /** The secret is the key as it stands, or the key in base64, with or without `whsec_` before it. */
  readonly key: "text" | "base64";
  /**
   * What is signed: text with `{body}` (the raw bytes), `{timestamp}` and `{header:<name>}`. `mercado-pago`: its manifest, which
   * leaves the body out.
   */
  readonly signed: string;
  /** Header of the timestamp, where the signature's own header does not hold it. */
  readonly timestampHeader: string | undefined;
  /** Farthest that a timestamp may be from now, past or future; `undefined` where the scheme signs no time. */
  readonly tolerance: Duration | undefined;
}

/** HMAC-SHA1, in base64, over the whole URL and the form's fields. https://www.twilio.com/docs/usage/security#validating-requests */
export interface TwilioSignature extends Verification {
  readonly kind: "twilio";
  /** As it is told to Twilio, with its query string; `undefined`: the URL that was called. */
  readonly url: string | undefined;
}

/** The secret itself in a header: it says who calls, and nothing of the body. */
export interface SharedSecret extends Verification {
  readonly kind: "shared-secret";
  /** Before the secret, such as `Bearer `. */
  readonly prefix: string;
}

/** How an ingress function tells that a webhook comes from the third party it claims to come from. Plain data. */
export type Signature = HmacSignature | TwilioSignature | SharedSecret;

/** What each preset takes. */
export interface SignatureOptions {
  /** Name of the secret; its value is `{ "current": "…", "previous"?: "…" }`. */
  readonly secret: string;
  /** @default the preset's */
  readonly deliveryId?: readonly DeliveryId[];
  /** @default the preset's */
  readonly identicalBodies?: "replay" | "distinct";
  /** @default the preset's */
  readonly body?: BodyForm;
}

export interface HmacOptions extends SignatureOptions {
  /** Header that carries the signature. */
  readonly header: string;
  /** @default "sha256" */
  readonly algorithm?: HmacSignature["algorithm"];
  /** Hex is taken in either case. @default "hex" */
  readonly encoding?: HmacSignature["encoding"];
  /** Before the signature, such as `sha256=`. @default "" */
  readonly prefix?: string;
  /** @default "text" */
  readonly key?: HmacSignature["key"];
  /** Header of a timestamp in seconds, or in milliseconds when it has 13 digits. `signed` has to hold `{timestamp}` then. */
  readonly timestampHeader?: string;
  /** 1 second to 7 days. @default "5 minutes" where there is a `timestampHeader` */
  readonly tolerance?: Duration;
  /** @default "{timestamp}.{body}" where there is a `timestampHeader`, else "{body}" */
  readonly signed?: string;
}

export const TOLERANCE: Duration = "5 minutes";

/** HMAC as any sender may have it. */
export const hmac = (options: HmacOptions): HmacSignature => {
  const { timestampHeader } = options;
  return {
    kind: "hmac",
    scheme: "hmac",
    ...common(options, {}),
    header: options.header.toLowerCase(),
    algorithm: options.algorithm ?? "sha256",
    encoding: options.encoding ?? "hex",
    layout: { form: "plain", prefix: options.prefix ?? "" },
    key: options.key ?? "text",
    signed: options.signed ?? (timestampHeader === undefined ? "{body}" : "{timestamp}.{body}"),
    timestampHeader: timestampHeader?.toLowerCase(),
    tolerance: options.tolerance ?? (timestampHeader === undefined ? undefined : TOLERANCE),
  };
};

/** The secret itself in a header. Prefer a signature where the sender has one: this says nothing of the body. */
export const sharedSecret = (
  options: SignatureOptions & {
    /** Such as `x-gitlab-token`. */
    readonly header: string;
    /** Before the secret, such as `Bearer `. @default "" */
    readonly prefix?: string;
  },
): SharedSecret => ({
  kind: "shared-secret",
  scheme: "shared-secret",
  // Nothing is signed: an id is as good as the body.
  ...common(options, { identicalBodies: options.deliveryId === undefined ? "replay" : "distinct" }),
  header: options.header.toLowerCase(),
  prefix: options.prefix ?? "",
});

/** What presets and options say of a delivery. */
export const common = (
  { secret, ...options }: SignatureOptions,
  preset: Partial<Pick<Verification, "deliveryId" | "identicalBodies" | "body" | "handshake">>,
) => ({
  secret,
  deliveryId: (options.deliveryId ?? preset.deliveryId ?? []).map((id) =>
    id.startsWith("header:") ? (id.toLowerCase() as DeliveryId) : id,
  ),
  identicalBodies: options.identicalBodies ?? preset.identicalBodies ?? ("replay" as const),
  body: options.body ?? preset.body ?? ("json" as const),
  handshake: preset.handshake,
});
