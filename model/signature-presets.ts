// Every export of this module is a preset. Tests require a vector and a row in docs/webhooks.md for each.
import type { Duration } from "./duration.ts";
import {
  common,
  type HmacSignature,
  hmac,
  type SignatureOptions,
  type TwilioSignature,
  type WebhookAnswer,
} from "./signature.ts";

/** With the hub's JSON: senders that want 200 read no body. */
const OK: WebhookAnswer = { status: 200 };

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
  ...hmac({
    header: "stripe-signature",
    layout: { separator: ",", timestamp: "t=", signature: "v1=" },
    ...options,
    deliveryId: options.deliveryId ?? ["body:id"],
  }),
  scheme: "stripe",
});

/**
 * GitHub: `X-Hub-Signature-256: sha256=…` over the body. Delivery id: `X-GitHub-Delivery`, although it is not signed, because two events
 * may have the same body (two runs of a workflow_dispatch).
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
 */
export const github = (options: SignatureOptions): HmacSignature => ({
  ...hmac({
    header: "x-hub-signature-256",
    prefix: "sha256=",
    ...options,
    deliveryId: options.deliveryId ?? ["header:x-github-delivery"],
    identicalBodies: options.identicalBodies ?? "distinct",
  }),
  scheme: "github",
});

/**
 * Shopify: base64 HMAC-SHA256 of the body in `X-Shopify-Hmac-SHA256`. Delivery id: `X-Shopify-Webhook-Id`, although it is not signed,
 * because Shopify sends the same body for several topics. Its ids exceed 2^53: declare them as int64().
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
 * (`body: "form-payload"`). Answer: 200 without content, which a command or a submitted view takes for "received".
 * https://docs.slack.dev/interactivity/implementing-slash-commands#responding_to_commands
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
    answer: options.answer ?? { status: 200, body: "" },
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
 * Delivery id: `I-Twilio-Idempotency-Token`, which a retry repeats. A call without it is a delivery of its own, since two presses of a key
 * send the same fields and Twilio by default retries only calls that did not arrive. Answer: an empty TwiML response, or 204 for JSON.
 * https://www.twilio.com/docs/usage/security#validating-requests
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 * @param options.url as it is configured at Twilio. Needed when its path or host is not the one that was called.
 * @default the URL that was called, in each spelling that its query may have had
 */
export const twilio = (options: SignatureOptions & { readonly url?: string }): TwilioSignature => {
  const settings = common(options, {
    body: "form",
    deliveryId: ["header:i-twilio-idempotency-token", "call"],
    identicalBodies: "distinct",
  });
  const answer: WebhookAnswer =
    settings.body === "json" ? { status: 204, body: "" } : { status: 200, contentType: "text/xml", body: "<Response/>" };
  return {
    kind: "twilio",
    scheme: "twilio",
    ...settings,
    answer: settings.answer ?? answer,
    header: "x-twilio-signature",
    url: options.url,
  };
};

/**
 * Mercado Pago: `x-signature: ts=…,v1=…` over `id:<data.id of the query>;request-id:<x-request-id>;ts:<ts>;`, without what the call does
 * not have. The body is NOT signed: only its `data.id` (or `id`) is trustworthy, because it must equal the query's. Fetch the rest from
 * Mercado Pago. Its SDKs sign `data.id` as it is written (https://github.com/mercadopago/sdk-nodejs/pull/439), its documentation in lower
 * case: both are accepted. Answer: 200.
 * https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks
 * @param options.tolerance Mercado Pago retries for four days and does not document a new signature. @default "4 days"
 */
export const mercadoPago = (options: TimedOptions): HmacSignature => ({
  ...hmac({
    header: "x-signature",
    layout: { separator: ",", timestamp: "ts=", signature: "v1=" },
    signed: "mercado-pago",
    ...options,
    tolerance: options.tolerance ?? "4 days",
    deliveryId: options.deliveryId ?? ["header:x-request-id"],
    identicalBodies: options.identicalBodies ?? "distinct",
    answer: options.answer ?? OK,
  }),
  scheme: "mercado-pago",
});

/**
 * Meta (Facebook, Instagram, WhatsApp): `X-Hub-Signature-256: sha256=…` over the body. A GET to the same URL asks for
 * `hub.challenge` to be returned and must send the token in the secret's `verifyToken`. Answer: 200.
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started
 */
export const meta = (options: SignatureOptions): HmacSignature => ({
  ...hmac({ header: "x-hub-signature-256", prefix: "sha256=", ...options, answer: options.answer ?? OK }),
  scheme: "meta",
  handshake: "meta",
});

/**
 * Lemon Squeezy: `X-Signature`, hex HMAC-SHA256 of the body. Delivery id: the body, which a retry repeats. There is no timestamp. Answer: 200.
 * https://docs.lemonsqueezy.com/help/webhooks/signing-requests
 */
export const lemonSqueezy = (options: SignatureOptions): HmacSignature => ({
  ...hmac({ header: "x-signature", ...options, answer: options.answer ?? OK }),
  scheme: "lemon-squeezy",
});

/**
 * Paddle Billing: HMAC-SHA256 over `<ts>:<body>` in `Paddle-Signature: ts=…;h1=…`, with several `h1` while keys rotate. Delivery id:
 * `event_id` of the body. Answer: 200.
 * https://developer.paddle.com/webhooks/about/signature-verification
 * @param options.tolerance Paddle's SDKs allow 5 seconds, which leaves no room for clock skew. @default "5 minutes"
 */
export const paddle = (options: TimedOptions): HmacSignature => ({
  ...hmac({
    header: "paddle-signature",
    layout: { separator: ";", timestamp: "ts=", signature: "h1=" },
    signed: "{timestamp}:{body}",
    ...options,
    deliveryId: options.deliveryId ?? ["body:event_id"],
    answer: options.answer ?? OK,
  }),
  scheme: "paddle",
});

/**
 * Zoom: `X-Zm-Signature: v0=…` over `v0:<timestamp>:<body>`; answers `endpoint.url_validation`, also every 72 hours. Delivery id: the body,
 * which holds the time of the event. Answer: 200.
 * https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events
 * @param options.tolerance @default "5 minutes"
 */
export const zoom = (options: TimedOptions): HmacSignature => ({
  ...hmac({
    header: "x-zm-signature",
    prefix: "v0=",
    timestampHeader: "x-zm-request-timestamp",
    signed: "v0:{timestamp}:{body}",
    ...options,
    deliveryId: options.deliveryId ?? ["body"],
    answer: options.answer ?? OK,
  }),
  scheme: "zoom",
  handshake: "zoom",
});

/**
 * Twitch EventSub: `Twitch-Eventsub-Message-Signature: sha256=…` over id, time and body; answers `webhook_callback_verification`, and logs
 * a revocation. Delivery id: `Twitch-Eventsub-Message-Id`.
 * https://dev.twitch.tv/docs/eventsub/handling-webhook-events/
 * @param options.tolerance Twitch asks for 10 minutes. @default "10 minutes"
 */
export const twitch = (options: TimedOptions): HmacSignature => ({
  ...hmac({
    header: "twitch-eventsub-message-signature",
    prefix: "sha256=",
    timestampHeader: "twitch-eventsub-message-timestamp",
    time: "rfc3339",
    signed: "{header:twitch-eventsub-message-id}{timestamp}{body}",
    ...options,
    tolerance: options.tolerance ?? "10 minutes",
    deliveryId: options.deliveryId ?? ["header:twitch-eventsub-message-id"],
  }),
  scheme: "twitch",
  handshake: "twitch",
});

/**
 * Zendesk: base64 HMAC-SHA256 over time and body in `X-Zendesk-Webhook-Signature`; the time is RFC 3339. Delivery id:
 * `X-Zendesk-Webhook-Invocation-Id`, which is not signed.
 * https://developer.zendesk.com/documentation/webhooks/verifying/
 * @param options.tolerance @default "5 minutes"
 */
export const zendesk = (options: TimedOptions): HmacSignature => ({
  ...hmac({
    header: "x-zendesk-webhook-signature",
    encoding: "base64",
    timestampHeader: "x-zendesk-webhook-signature-timestamp",
    time: "rfc3339",
    signed: "{timestamp}{body}",
    ...options,
    deliveryId: options.deliveryId ?? ["header:x-zendesk-webhook-invocation-id"],
    identicalBodies: options.identicalBodies ?? "distinct",
  }),
  scheme: "zendesk",
});

/**
 * HubSpot: base64 HMAC-SHA256 over method, URL, body and time in `X-HubSpot-Signature-v3`. Its calls are lists: declare `batch: true`.
 * Delivery id of an item: `eventId` (which HubSpot says is not unique), `subscriptionId` and `occurredAt`.
 * https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
 * @param options.url where it is not the URL that was called
 * @param options.tolerance @default "5 minutes"
 */
export const hubSpot = (options: TimedOptions & { readonly url?: string }): HmacSignature => ({
  ...hmac({
    header: "x-hubspot-signature-v3",
    encoding: "base64",
    timestampHeader: "x-hubspot-request-timestamp",
    time: "milliseconds",
    signed: "{method}{url}{body}{timestamp}",
    ...options,
    deliveryId: options.deliveryId ?? ["body:eventId,subscriptionId,occurredAt"],
  }),
  scheme: "hubspot",
});

/**
 * Dropbox: `X-Dropbox-Signature`, hex HMAC-SHA256 of the body; answers the GET that asks for `challenge`. A notification only says that
 * accounts changed, so equal bodies are different deliveries. Answer: 200.
 * https://www.dropbox.com/developers/reference/webhooks
 */
export const dropbox = (options: SignatureOptions): HmacSignature => ({
  ...hmac({
    header: "x-dropbox-signature",
    ...options,
    deliveryId: options.deliveryId ?? ["call"],
    answer: options.answer ?? OK,
  }),
  scheme: "dropbox",
  handshake: "dropbox",
});

/**
 * Trello: `X-Trello-Webhook`, base64 HMAC-SHA1 over body and callback URL; answers the HEAD that verifies the URL. Delivery id: `action.id`
 * of the body. Answer: 200.
 * https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures
 * @param options.url the callback URL as it was registered. @default the URL that was called
 */
export const trello = (options: SignatureOptions & { readonly url?: string }): HmacSignature => ({
  ...hmac({
    header: "x-trello-webhook",
    algorithm: "sha1",
    encoding: "base64",
    signed: "{body}{url}",
    ...options,
    deliveryId: options.deliveryId ?? ["body:action.id"],
    answer: options.answer ?? OK,
  }),
  scheme: "trello",
  handshake: "trello",
});
