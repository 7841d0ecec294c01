// Presets whose calls name the certificate of their signature.
import type { Senders } from "./sender.ts";
import { type FunctionSignature, type SignatureOptions, signature } from "./signature.ts";

/** In this order; `Subject` only where the message has one, `SubscribeURL` and `Token` only in confirmations. */
const SNS_FIELDS = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
const SNS_DIGESTS: ReadonlyMap<string, "sha1" | "sha256"> = new Map([
  ["1", "sha1"],
  ["2", "sha256"],
]);
/** SNS repeats a call for 3,600 seconds at most. https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
const SNS_SECONDS = 2 * 3_600;

/**
 * Amazon SNS: RSA over the message's fields, by the certificate at `SigningCertURL`, which must be one of `sns.<region>.amazonaws.com` (or
 * `.com.cn`). The secret's `current` is the ARN of the topic, since anyone with an AWS account can have SNS call any URL from a topic of
 * their own. Confirms a subscription, and logs its end. Delivery id: `MessageId`. Answer: 200 without content. Raw message delivery is not
 * signed, so it is refused.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
 */
export const amazonSns = (options: SignatureOptions): FunctionSignature => ({
  ...signature({
    covers: ["body:MessageId"],
    verify: async ({ json }, { at, isKey, isRecent, certified }) => {
      const field = (name: string) => at(json, name) ?? "";
      // Before anything is downloaded.
      if (!isKey(field("TopicArn"))) return { fault: "TopicArn is not the topic that the secret names" };
      if (!isRecent(field("Timestamp"), SNS_SECONDS)) return { fault: "Timestamp is malformed, or too far from now" };
      const digest = SNS_DIGESTS.get(field("SignatureVersion"));
      if (digest === undefined) return { fault: "SignatureVersion is neither 1 nor 2" };
      const present = SNS_FIELDS.filter((name) => at(json, name) !== undefined);
      const content = present.map((name) => `${name}\n${field(name)}\n`).join("");
      const fault = await certified({
        url: field("SigningCertURL"),
        hosts: ["sns.*.amazonaws.com", "sns.*.amazonaws.com.cn"],
        path: "/SimpleNotificationService-",
        content,
        signature: field("Signature"),
        digest,
      });
      return fault === undefined ? { signed: [content] } : { fault };
    },
    ...options,
    deliveryId: options.deliveryId ?? ["body:MessageId"],
    answer: options.answer ?? { status: 200, body: "" },
  }),
  scheme: "amazon-sns",
  handshake: "amazon-sns",
});

const PAYPAL = ["api.paypal.com", "api-m.paypal.com"];
const PAYPAL_SANDBOX = ["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"];
/** PayPal repeats a call for 3 days (https://developer.paypal.com/api/rest/webhooks/rest), and does not document a new time. */
const PAYPAL_SECONDS = 4 * 86_400;

/**
 * PayPal: RSA over `<transmission id>|<time>|<webhook id>|<CRC-32 of the body>`, by the certificate at `PayPal-Cert-Url`, which must be one
 * of PayPal's API. The secret's `current` is the webhook's id. The CRC protects nothing: anyone who has seen a signed call can send other
 * bodies with it for four days. Fetch what matters from PayPal. Delivery id: `id` of the body, which every repetition has; with `deliveryId:
 * ["header:paypal-transmission-id"]`, which is signed, such another body is the same delivery. Answer: 200.
 * https://developer.paypal.com/api/rest/webhooks/rest
 * @param options.sandbox takes calls of PayPal's sandbox, too. @default false
 */
export const payPal = ({
  sandbox = false,
  ...options
}: SignatureOptions & { readonly sandbox?: boolean }): FunctionSignature => ({
  ...signature({
    header: "paypal-transmission-sig",
    covers: ["header:paypal-transmission-id"],
    verify: async ({ headers }, { isRecent, crc32, certified }) => {
      const [id, time, url, given, algorithm] = [
        "transmission-id",
        "transmission-time",
        "cert-url",
        "transmission-sig",
        "auth-algo",
      ].map((name) => {
        const [value, ...others] = headers(`paypal-${name}`);
        return others.length === 0 && value !== "" ? value : undefined;
      });
      if (id === undefined || time === undefined || url === undefined || given === undefined)
        return { fault: "a header of PayPal's signature is missing, or comes more than once" };
      if (algorithm !== "SHA256withRSA") return { fault: "PayPal-Auth-Algo is not SHA256withRSA" };
      if (!isRecent(time, PAYPAL_SECONDS)) return { fault: "PayPal-Transmission-Time is malformed, or too far from now" };
      const fault = await certified({
        url,
        hosts: sandbox ? [...PAYPAL, ...PAYPAL_SANDBOX] : PAYPAL,
        path: "/v1/notifications/certs/",
        content: (webhookId) => `${id}|${time}|${webhookId}|${crc32()}`,
        signature: given,
      });
      return fault === undefined ? { signed: [id, time, String(crc32())] } : { fault };
    },
    ...options,
    deliveryId: options.deliveryId ?? ["body:id"],
    identicalBodies: options.identicalBodies ?? "distinct",
    answer: options.answer ?? { status: 200 },
  }),
  scheme: "paypal",
});

/** How the local sandbox signs by the functions above. */
export const certificateSenders: Senders = {
  "amazon-sns": {
    certified: true,
    issue: (hex) => `arn:aws:sns:eu-central-1:123456789012:topic-${hex(8)}`,
    // https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
    sign: (call, { key, fields, time, rsa, uuid }) => {
      const host = `https://sns.${key.split(":")[3] ?? "us-east-1"}.amazonaws.com`;
      const common = { MessageId: uuid(), TopicArn: key, Timestamp: time.toISOString(), SignatureVersion: "2" };
      const Token = uuid();
      const SubscribeURL = `${host}/?Action=ConfirmSubscription&TopicArn=${encodeURIComponent(key)}&Token=${Token}`;
      const confirmation = { Message: "Visit the SubscribeURL.", Token, SubscribeURL };
      // A body without `Type` is the message of a notification.
      const message: Readonly<Record<string, unknown>> =
        fields.Type === undefined
          ? { ...common, Type: "Notification", Message: call.body }
          : { ...common, ...(fields.Type !== "Notification" && confirmation), ...fields };
      const signed = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
      const lines = signed.flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${String(message[name])}\n`]));
      const Signature = rsa(lines.join(""), message.SignatureVersion === "1" ? "sha1" : "sha256");
      return {
        headers: {
          ...call.headers,
          "content-type": "text/plain; charset=UTF-8",
          "x-amz-sns-message-type": String(message.Type),
          "x-amz-sns-topic-arn": key,
        },
        body: JSON.stringify({ ...message, Signature, SigningCertURL: `${host}/SimpleNotificationService-sandbox.pem` }),
      };
    },
  },
  paypal: {
    certified: true,
    issue: (hex) => hex(17).toUpperCase(),
    sign: (call, { key, time, rsa, crc32, uuid }) => {
      const id = call.headers["paypal-transmission-id"] ?? uuid();
      const at = time.toISOString().replace(/\.\d+/, "");
      const headers = {
        ...call.headers,
        "paypal-transmission-id": id,
        "paypal-transmission-time": at,
        "paypal-transmission-sig": rsa(`${id}|${at}|${key}|${crc32(call.body)}`, "sha256"),
        "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-sandbox",
        "paypal-auth-algo": "SHA256withRSA",
      };
      return { ...call, headers };
    },
  },
};
