import { createHmac, createPrivateKey, randomUUID, sign } from "node:crypto";
import { crc32 } from "node:zlib";
import { tryJson } from "./http.ts";
import type { SignedCall } from "./types.ts";

/** What a third party signs with. */
interface Signing {
  /** `current` of the secret. */
  readonly key: string;
  /** PKCS #8 in base64, which only the sandbox has. */
  readonly signingKey: string;
  /** Ms since the epoch. */
  readonly time: number;
}

/** Presets that are functions: what the third party's documentation says that it signs. */
const SCHEMES: Readonly<Record<string, (call: SignedCall, by: Signing) => SignedCall>> = {
  "amazon-sns": signSns,
  paypal: signPayPal,
  mailgun: signMailgun,
  adyen: signAdyen,
};

/** @returns how the sandbox signs calls of a scheme; `undefined` for a function of a flow */
export const signerOf = (scheme: string) => SCHEMES[scheme];

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (body: string): Fields => {
  const value = tryJson(body)?.value;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
};
const privateKeyOf = (text: string) => createPrivateKey({ key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" });

/**
 * A body without `Type` is the message of a notification. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
function signSns(call: SignedCall, { key, signingKey, time }: Signing): SignedCall {
  const given = fieldsOf(call.body);
  const region = key.split(":")[3] ?? "us-east-1";
  const host = `https://sns.${region}.amazonaws.com`;
  const common = { MessageId: randomUUID(), TopicArn: key, Timestamp: new Date(time).toISOString(), SignatureVersion: "2" };
  const token = randomUUID();
  const confirmation = {
    Message: "Visit the SubscribeURL.",
    Token: token,
    SubscribeURL: `${host}/?Action=ConfirmSubscription&TopicArn=${encodeURIComponent(key)}&Token=${token}`,
  };
  const message: Readonly<Record<string, string>> =
    "Type" in given
      ? { ...common, ...(given.Type !== "Notification" && confirmation), ...(given as Record<string, string>) }
      : { ...common, Type: "Notification", Message: call.body };
  const names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
  const content = names.flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${message[name]}\n`])).join("");
  const digest = message.SignatureVersion === "1" ? "sha1" : "sha256";
  const signature = sign(digest, Buffer.from(content), privateKeyOf(signingKey)).toString("base64");
  const body = JSON.stringify({
    ...message,
    Signature: signature,
    SigningCertURL: `${host}/SimpleNotificationService-sandbox.pem`,
  });
  return {
    ...call,
    headers: {
      ...call.headers,
      "content-type": "text/plain; charset=UTF-8",
      "x-amz-sns-message-type": message.Type ?? "",
      "x-amz-sns-topic-arn": key,
    },
    body,
  };
}

/** https://developer.paypal.com/api/rest/webhooks/rest */
function signPayPal(call: SignedCall, { key, signingKey, time }: Signing): SignedCall {
  const id = call.headers["paypal-transmission-id"] ?? randomUUID();
  const at = new Date(time).toISOString().replace(/\.\d+/, "");
  const content = `${id}|${at}|${key}|${crc32(call.body)}`;
  return {
    ...call,
    headers: {
      ...call.headers,
      "paypal-transmission-id": id,
      "paypal-transmission-time": at,
      "paypal-transmission-sig": sign("sha256", Buffer.from(content), privateKeyOf(signingKey)).toString("base64"),
      "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-sandbox",
      "paypal-auth-algo": "SHA256withRSA",
    },
  };
}

/** https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks */
function signMailgun(call: SignedCall, { key, time }: Signing): SignedCall {
  const { signature, ...event } = fieldsOf(call.body);
  const { token = randomUUID() } = (signature ?? {}) as { readonly token?: string };
  const timestamp = String(Math.floor(time / 1_000));
  const mac = createHmac("sha256", key)
    .update(timestamp + token)
    .digest("hex");
  return { ...call, body: JSON.stringify({ signature: { timestamp, token, signature: mac }, ...event }) };
}

/** https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures */
function signAdyen(call: SignedCall, { key }: Signing): SignedCall {
  const { notificationItems = [], ...rest } = fieldsOf(call.body);
  const signed = (notificationItems as readonly { readonly NotificationRequestItem?: Fields }[]).map((item) => {
    const request = item.NotificationRequestItem ?? {};
    const { value, currency } = (request.amount ?? {}) as Fields;
    const { pspReference, originalReference, merchantAccountCode, merchantReference, eventCode, success } = request;
    const parts = [pspReference, originalReference, merchantAccountCode, merchantReference, value, currency, eventCode, success];
    const content = parts.map((part) => (part === undefined ? "" : String(part))).join(":");
    const hmacSignature = createHmac("sha256", Buffer.from(key, "hex")).update(content).digest("base64");
    const additionalData = { ...((request.additionalData as Fields | undefined) ?? {}), hmacSignature };
    return { NotificationRequestItem: { ...request, additionalData } };
  });
  return { ...call, body: JSON.stringify({ ...rest, notificationItems: signed }) };
}
