// Every export of this module is a preset. Tests require a vector and a row in docs/flows.md for each.
import type { Duration } from "./duration.ts";
import { common, type HmacSignature, hmac, type SignatureOptions, TOLERANCE, type TwilioSignature } from "./signature.ts";

interface TimedOptions extends SignatureOptions {
  /** Greatest allowed distance of the timestamp from now. 1 second to 7 days. */
  readonly tolerance?: Duration;
}

/**
 * Stripe: HMAC-SHA256 over `<t>.<body>` in `Stripe-Signature: t=…,v1=…`. Delivery id: `id` of the body.
 * https://docs.stripe.com/webhooks#verify-manually
 * @param options.tolerance @default "5 minutes"
 */
export const stripe = (options: TimedOptions): HmacSignature => ({
  ...hmac({ header: "stripe-signature", ...options, deliveryId: options.deliveryId ?? ["body:id"] }),
  scheme: "stripe",
  layout: { separator: ",", timestamp: "t=", signature: "v1=" },
  signed: "{timestamp}.{body}",
  tolerance: options.tolerance ?? TOLERANCE,
});

/**
 * GitHub: `X-Hub-Signature-256: sha256=…` over the body. `X-GitHub-Delivery` is not signed, so a body that was received before counts
 * as the same delivery; with `identicalBodies: "distinct"` that header identifies the delivery.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export const github = (options: SignatureOptions): HmacSignature => ({
  ...hmac({
    header: "x-hub-signature-256",
    prefix: "sha256=",
    ...options,
    deliveryId: options.deliveryId ?? ["header:x-github-delivery"],
  }),
  scheme: "github",
});

/**
 * Shopify: base64 HMAC-SHA256 of the body in `X-Shopify-Hmac-SHA256`. Delivery id: `X-Shopify-Webhook-Id`, although it is not signed,
 * because Shopify sends the same body for several topics.
 * https://shopify.dev/docs/apps/build/webhooks/subscribe/https
 */
export const shopify = (options: SignatureOptions): HmacSignature => ({
  ...hmac({
    header: "x-shopify-hmac-sha256",
    encoding: "base64",
    ...options,
    deliveryId: options.deliveryId ?? ["header:x-shopify-webhook-id"],
    identicalBodies: options.identicalBodies ?? "distinct",
  }),
  scheme: "shopify",
});

/**
 * Slack: `X-Slack-Signature: v0=…` over `v0:<timestamp>:<body>`. Answers `url_verification`. Delivery id: `event_id` of events,
 * `trigger_id` of commands and interactions. Commands are forms (`body: "form"`), interactions the JSON in a form's `payload`
 * (`body: "form-payload"`).
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 * @param options.tolerance @default "5 minutes"
 */
export const slack = (options: TimedOptions): HmacSignature => ({
  ...hmac({
    header: "x-slack-signature",
    prefix: "v0=",
    timestampHeader: "x-slack-request-timestamp",
    signed: "v0:{timestamp}:{body}",
    ...options,
    deliveryId: options.deliveryId ?? ["body:event_id", "body:trigger_id"],
  }),
  scheme: "slack",
  handshake: "slack",
});

/**
 * Standard Webhooks: base64 HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`; `webhook-signature` holds several while keys
 * rotate. The key is base64, with or without `whsec_`. Asymmetric signatures (`v1a`) are ignored.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param options.tolerance @default "5 minutes"
 * @param options.headers prefix of the headers. @default "webhook"
 */
export const standardWebhooks = (options: TimedOptions & { readonly headers?: "webhook" | "svix" }): HmacSignature => {
  const { headers = "webhook", ...rest } = options;
  return {
    ...hmac({
      header: `${headers}-signature`,
      encoding: "base64",
      key: "base64",
      timestampHeader: `${headers}-timestamp`,
      signed: `{header:${headers}-id}.{timestamp}.{body}`,
      ...rest,
      deliveryId: options.deliveryId ?? [`header:${headers}-id`],
    }),
    scheme: headers === "svix" ? "svix" : "standard-webhooks",
    layout: { separator: " ", signature: "v1," },
  };
};

/** Svix: Standard Webhooks with headers of its own (`svix-id`, …). https://docs.svix.com/receiving/verifying-payloads/how-manual */
export const svix = (options: TimedOptions): HmacSignature => standardWebhooks({ ...options, headers: "svix" });

/**
 * Twilio: HMAC-SHA1 over URL and form fields; with `body: "json"` over the URL, which holds the body's hash as `bodySHA256`.
 * Delivery id: URL and fields, which a retry repeats. There is no timestamp.
 * https://www.twilio.com/docs/usage/security#validating-requests
 * @param options.url as it is configured at Twilio. Needed when its query string has characters that can be encoded in two ways.
 * @default the URL that was called
 */
export const twilio = (options: SignatureOptions & { readonly url?: string }): TwilioSignature => ({
  kind: "twilio",
  scheme: "twilio",
  ...common(options, { body: "form" }),
  header: "x-twilio-signature",
  url: options.url,
});

/**
 * Mercado Pago: `x-signature: ts=…,v1=…` over `id:<data.id of the query>;request-id:<x-request-id>;ts:<ts>;`. The body is NOT
 * signed: only its `data.id` is trustworthy, because it must equal the query's. Fetch the rest from Mercado Pago.
 * https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks
 * @param options.tolerance Mercado Pago retries for four days and does not document a new signature. @default "4 days"
 */
export const mercadoPago = (options: TimedOptions): HmacSignature => ({
  ...hmac({
    header: "x-signature",
    ...options,
    deliveryId: options.deliveryId ?? ["header:x-request-id"],
    identicalBodies: options.identicalBodies ?? "distinct",
  }),
  scheme: "mercado-pago",
  layout: { separator: ",", timestamp: "ts=", signature: "v1=" },
  signed: "mercado-pago",
  tolerance: options.tolerance ?? "4 days",
});

/**
 * Meta (Facebook, Instagram, WhatsApp): `X-Hub-Signature-256: sha256=…` over the body. A GET to the same URL asks for
 * `hub.challenge` to be returned and must send the token in the secret's `verifyToken`.
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started
 */
export const meta = (options: SignatureOptions): HmacSignature => ({
  ...hmac({ header: "x-hub-signature-256", prefix: "sha256=", ...options }),
  scheme: "meta",
  handshake: "meta",
});

/**
 * Lemon Squeezy: `X-Signature`, hex HMAC-SHA256 of the body. Delivery id: the body, which a retry repeats. There is no timestamp.
 * https://docs.lemonsqueezy.com/help/webhooks/signing-requests
 */
export const lemonSqueezy = (options: SignatureOptions): HmacSignature => ({
  ...hmac({ header: "x-signature", ...options }),
  scheme: "lemon-squeezy",
});

/**
 * Paddle Billing: HMAC-SHA256 over `<ts>:<body>` in `Paddle-Signature: ts=…;h1=…`, with several `h1` while keys rotate. Delivery id:
 * `event_id` of the body.
 * https://developer.paddle.com/webhooks/about/signature-verification
 * @param options.tolerance Paddle's SDKs allow 5 seconds, which leaves no room for clock skew. @default "5 minutes"
 */
export const paddle = (options: TimedOptions): HmacSignature => ({
  ...hmac({ header: "paddle-signature", ...options, deliveryId: options.deliveryId ?? ["body:event_id"] }),
  scheme: "paddle",
  layout: { separator: ";", timestamp: "ts=", signature: "h1=" },
  signed: "{timestamp}:{body}",
  tolerance: options.tolerance ?? TOLERANCE,
});
