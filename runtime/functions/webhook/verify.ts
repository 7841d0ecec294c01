import { createHmac } from "node:crypto";
import { seconds } from "../../../model/duration.ts";
import type {
  HmacSignature,
  PlainSignature,
  PublicKeySignature,
  SharedSecret,
  TwilioSignature,
} from "../../../model/signature.ts";
import { type Call, jsonOf } from "./call.ts";
import { type SigningKeys, sameText } from "./keys.ts";
import { isSignedBy } from "./public-key.ts";
import { type Content, signedContents, twilioContents } from "./signed-content.ts";
import { millisecondsOf } from "./signed-time.ts";
import { fieldsAt } from "./value-at.ts";

/** `fault`: why the signature is invalid. `signed`: the signed parts in order; the body for a shared secret. */
export type Verdict =
  | { readonly fault: string; readonly signed?: undefined }
  | { readonly fault?: undefined; readonly signed: Content };

/** @param now ms since the epoch */
export function verify(signature: PlainSignature, call: Call, keys: SigningKeys, now: number): Verdict {
  if (signature.kind === "shared-secret" && signature.field !== undefined)
    return verifyField(signature.field, signature, call, keys);
  const [header, ...others] = call.headers(signature.header);
  if (header === undefined || header === "") return fault(`the header ${signature.header} is missing`);
  if (others.length > 0) return fault(`the header ${signature.header} comes more than once`);
  switch (signature.kind) {
    case "hmac":
      return verifyHmac(signature, header, call, keys, now);
    case "twilio":
      return verifyTwilio(signature, header, call, keys);
    case "shared-secret":
      return verifySecret(signature, header, call, keys);
    case "public-key":
      return verifyPublicKey(signature, header, call, keys, now);
  }
}

function verifyHmac(signature: HmacSignature, header: string, call: Call, keys: SigningKeys, now: number): Verdict {
  const { given, timestamps } = readHeader(signature, header, call);
  let time = "";
  if (timestamps) {
    if (timestamps.length !== 1 || millisecondsOf(timestamps[0] ?? "", signature.time) === undefined)
      return fault("there is no timestamp, more than one, or a malformed one");
    time = timestamps[0] ?? "";
  }
  const contents = signedContents(signature, call, time);
  if (typeof contents === "string") return fault(contents);
  const expected = contents.flatMap((content) => keys.map((key) => digest(signature, key, content)));
  const candidates = signature.encoding === "hex" ? given.map((text) => text.toLowerCase()) : given;
  if (!candidates.some((candidate) => expected.some((text) => sameText(text, candidate)))) return fault("no signature matches");
  // After the signature, so that only a holder of the key learns about our clock.
  const at = timestamps && millisecondsOf(time, signature.time);
  if (at !== undefined && signature.tolerance && Math.abs(now - at) > seconds(signature.tolerance) * 1_000)
    return fault("the timestamp is too far from now");
  return { signed: contents[0] };
}

function verifyPublicKey(signature: PublicKeySignature, header: string, call: Call, keys: SigningKeys, now: number): Verdict {
  const { timestampHeader, tolerance } = signature;
  const [time = "", ...others] = timestampHeader === undefined ? [] : call.headers(timestampHeader);
  const at = /^\d{1,13}$/.test(time) && others.length === 0 ? Number(time) * (time.length === 13 ? 1 : 1_000) : undefined;
  if (timestampHeader !== undefined && at === undefined) return fault("there is no timestamp, more than one, or a malformed one");
  const contents = signedContents({ ...signature, url: undefined }, call, time);
  if (typeof contents === "string") return fault(contents);
  const [content] = contents;
  if (!keys.some((key) => isSignedBy(signature, key, content, header))) return fault("no signature matches");
  if (at !== undefined && tolerance && Math.abs(now - at) > seconds(tolerance) * 1_000)
    return fault("the timestamp is too far from now");
  return { signed: content };
}

/** @returns the signatures of the header, and the timestamps where the scheme has one */
function readHeader({ layout, timestampHeader }: HmacSignature, header: string, call: Call) {
  const { separator, signature, timestamp } = layout;
  const entries = separator === undefined ? [header] : header.split(separator).map((entry) => entry.trim());
  const after = (start: string) => entries.filter((entry) => entry.startsWith(start)).map((entry) => entry.slice(start.length));
  const elsewhere = timestampHeader === undefined ? undefined : call.headers(timestampHeader);
  return { given: after(signature), timestamps: timestamp === undefined ? elsewhere : after(timestamp) };
}

function digest({ algorithm, encoding, key: form }: HmacSignature, key: string, content: Content): string {
  const mac = createHmac(algorithm, form === "text" ? key : Buffer.from(key.replace(/^whsec_/, ""), "base64"));
  for (const part of content) mac.update(part);
  return mac.digest(encoding);
}

function verifyTwilio(signature: TwilioSignature, header: string, call: Call, keys: SigningKeys): Verdict {
  const contents = twilioContents(signature, call);
  if (typeof contents === "string") return fault(contents);
  const signs = ([text = ""]: Content) =>
    keys.some((key) => sameText(createHmac("sha1", key).update(text).digest("base64"), header));
  // The first one, whichever matches: it is one call.
  return contents.some(signs) ? { signed: contents[0] } : fault("no signature matches");
}

function verifySecret({ prefix }: SharedSecret, header: string, call: Call, keys: SigningKeys): Verdict {
  const matching = keys.filter((key) => sameText(prefix + key, header));
  return matching.length > 0 ? { signed: [call.body] } : fault("the secret does not match");
}

function verifyField(field: string, { prefix }: SharedSecret, call: Call, keys: SigningKeys): Verdict {
  const shown = fieldsAt(field.split("."), jsonOf(call.body));
  const holds = (value: unknown) => typeof value === "string" && keys.filter((key) => sameText(prefix + key, value)).length > 0;
  // All are compared, so that the time does not show which one is wrong.
  return shown.map(holds).includes(false) ? fault(`${field} of the body does not hold the secret`) : { signed: [call.body] };
}

const fault = (text: string): Verdict => ({ fault: text });
