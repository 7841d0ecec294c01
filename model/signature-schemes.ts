// Presets whose signatures are no HMAC of the call: public keys, functions for signatures in the body, and secrets in the body.
import type { Duration } from "./duration.ts";
import type { Senders } from "./sender.ts";
import {
  type FunctionSignature,
  type PublicKeySignature,
  publicKey,
  type SharedSecret,
  type SignatureOptions,
  type SignatureTools,
  sharedSecret,
  signature,
} from "./signature.ts";

interface TimedOptions extends SignatureOptions {
  /** Greatest allowed distance of the timestamp from now. 1 second to 7 days. @default "5 minutes" */
  readonly tolerance?: Duration;
}

/**
 * Discord's webhook events: Ed25519 over time and body in `X-Signature-Ed25519`; the secret's `current` is the application's public key.
 * Answers its PING, and everything else with 204. Delivery id: the body. Interactions need an answer with content, which a webhook of the
 * hub can't give.
 * https://docs.discord.com/developers/events/webhook-events#preparing-for-events
 */
export const discord = (options: TimedOptions): PublicKeySignature => ({
  ...publicKey({
    header: "x-signature-ed25519",
    algorithm: "ed25519",
    encoding: "hex",
    timestampHeader: "x-signature-timestamp",
    ...options,
    deliveryId: options.deliveryId ?? ["body"],
    answer: options.answer ?? { status: 204, body: "" },
  }),
  scheme: "discord",
  handshake: "discord",
});

/**
 * SendGrid's event webhook: ECDSA over time and body in `X-Twilio-Email-Event-Webhook-Signature`; the secret's `current` is the
 * verification key. Its calls are lists: declare `batch: true`. Delivery id of an item: `sg_event_id`.
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
export const sendGrid = (options: TimedOptions): PublicKeySignature => ({
  ...publicKey({
    header: "x-twilio-email-event-webhook-signature",
    algorithm: "ecdsa",
    timestampHeader: "x-twilio-email-event-webhook-timestamp",
    ...options,
    deliveryId: options.deliveryId ?? ["body:sg_event_id"],
  }),
  scheme: "sendgrid",
});

/**
 * Mailgun: HMAC-SHA256 over time and token, all three in `signature` of the body. The event itself is NOT signed: anyone who has seen a call
 * can send another event with its signature, once, because the token identifies the delivery. Answer: 200.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
 */
export const mailgun = (options: SignatureOptions): FunctionSignature => ({
  ...signature({
    covers: ["body:signature.token"],
    verify: ({ json }, { at, hmac, isRecent }) => {
      const [time, token, given] = ["timestamp", "token", "signature"].map((name) => at(json, `signature.${name}`));
      if (time === undefined || token === undefined || given === undefined) return { fault: "the body has no signature" };
      if (!hmac(time + token, given)) return { fault: "no signature matches" };
      // Mailgun repeats a call for 8 hours.
      return isRecent(time, 86_400) ? { signed: [time, token] } : { fault: "the timestamp is too far from now" };
    },
    ...options,
    deliveryId: options.deliveryId ?? ["body:signature.token"],
    answer: options.answer ?? { status: 200 },
  }),
  scheme: "mailgun",
});

/** https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures */
const ADYEN_FIELDS = [
  "pspReference",
  "originalReference",
  "merchantAccountCode",
  "merchantReference",
  "amount.value",
  "amount.currency",
  "eventCode",
  "success",
];

/**
 * Adyen's standard webhooks: each item of `notificationItems` holds a base64 HMAC-SHA256 over eight of its fields; the key is hex. Other
 * fields are not signed. Declare `batch: "body:notificationItems"`. Delivery id of an item: `eventCode` and `pspReference`. Answer:
 * `[accepted]`.
 * https://docs.adyen.com/development-resources/webhooks/handle-webhook-events
 */
export const adyen = (options: SignatureOptions): FunctionSignature => ({
  ...signature({
    covers: ["body:NotificationRequestItem.eventCode,NotificationRequestItem.pspReference"],
    verify: ({ json }, tools) => {
      const items = (json as { readonly notificationItems?: unknown } | undefined)?.notificationItems;
      if (!Array.isArray(items) || items.length === 0) return { fault: "the body has no notificationItems" };
      const signed = items.map((item: unknown) => adyenContent(item, tools));
      return signed.includes(undefined) ? { fault: "an item's signature does not match" } : { signed: signed as string[] };
    },
    ...options,
    deliveryId: options.deliveryId ?? ["body:NotificationRequestItem.eventCode,NotificationRequestItem.pspReference"],
    answer: options.answer ?? { status: 200, body: "[accepted]" },
  }),
  scheme: "adyen",
});

/** @returns what is signed of an item; `undefined` when its signature does not match */
function adyenContent(item: unknown, { at, hmac }: SignatureTools): string | undefined {
  const request = `NotificationRequestItem`;
  const content = ADYEN_FIELDS.map((field) => at(item, `${request}.${field}`) ?? "").join(":");
  const given = at(item, `${request}.additionalData.hmacSignature`) ?? "";
  return hmac(content, given, { encoding: "base64", key: "hex" }) ? content : undefined;
}

/**
 * Microsoft Graph's change notifications: `clientState` of each item of `value` is the secret; nothing is signed, and the `validationTokens`
 * of notifications with resource data are not verified. Answers the POST that asks for `validationToken`. Declare `batch: "body:value"`.
 * Delivery id of an item: its `id`; an item without one is a delivery of its own, since a notification only says that something changed.
 * https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
 * https://learn.microsoft.com/en-us/graph/api/resources/changenotification
 */
export const microsoftGraph = (options: SignatureOptions): SharedSecret => ({
  ...sharedSecret({ field: "value.*.clientState", ...options, deliveryId: options.deliveryId ?? ["body:id", "call"] }),
  scheme: "microsoft-graph",
  handshake: "microsoft-graph",
});

type Item = { readonly NotificationRequestItem?: Readonly<Record<string, unknown>> };

/** How the local sandbox signs by the functions above. */
export const schemeSenders: Senders = {
  mailgun: {
    sign: (call, { fields: { signature: given, ...event }, time, hmac, uuid }) => {
      const { token = uuid() } = (given ?? {}) as { readonly token?: string };
      const timestamp = String(Math.floor(time.getTime() / 1_000));
      return {
        ...call,
        body: JSON.stringify({ signature: { timestamp, token, signature: hmac(timestamp + token, "hex") }, ...event }),
      };
    },
  },
  adyen: {
    issue: (hex) => hex(64).toUpperCase(),
    sign: (call, { fields: { notificationItems = [], ...rest }, hmac }) => {
      const signed = (notificationItems as readonly Item[]).map(({ NotificationRequestItem: item = {} }) => {
        const { value, currency } = (item.amount ?? {}) as Readonly<Record<string, unknown>>;
        const { pspReference, originalReference, merchantAccountCode, merchantReference, eventCode, success } = item;
        const references = [pspReference, originalReference, merchantAccountCode, merchantReference];
        const content = [...references, value, currency, eventCode, success].map((part) => String(part ?? "")).join(":");
        const additionalData = { ...(item.additionalData as object | undefined), hmacSignature: hmac(content, "base64", "hex") };
        return { NotificationRequestItem: { ...item, additionalData } };
      });
      return { ...call, body: JSON.stringify({ ...rest, notificationItems: signed }) };
    },
  },
};
