import { createHmac, timingSafeEqual } from "node:crypto";
import { seconds } from "../../model/duration.ts";
import type { Signature } from "../../model/signature.ts";

/** Keys that may have signed: the current one and, while keys rotate, the previous one. */
export type SigningKeys = readonly string[];

/**
 * @param header the signature header's value
 * @param body the very bytes that were sent
 * @param now ms since the epoch
 * @returns why the signature does not hold, or `undefined` when it does
 */
export function signatureFault(
  signature: Signature,
  header: string | undefined,
  body: Buffer,
  keys: SigningKeys,
  now: number,
): string | undefined {
  if (header === undefined || header === "") return `the header ${signature.header} is missing`;
  if (signature.scheme === "hmac-sha256") {
    const given = header.trim().replace(/^sha256=/i, "");
    return keys.some((key) => matches(hmac(key, [body]), given)) ? undefined : "the signature does not match the body";
  }
  return stripeFault(header, body, keys, now, signature.tolerance ? seconds(signature.tolerance) : undefined);
}

/** `t=<seconds>,v1=<hex>[,v1=<hex>…]`: several signatures while Stripe rolls its key. https://docs.stripe.com/webhooks#verify-manually */
function stripeFault(
  header: string,
  body: Buffer,
  keys: SigningKeys,
  now: number,
  tolerance: number | undefined,
): string | undefined {
  const fields = header.split(",").map((field) => {
    const [name = "", ...value] = field.trim().split("=");
    return { name, value: value.join("=") };
  });
  const time = fields.find(({ name }) => name === "t")?.value ?? "";
  if (!/^\d{1,12}$/.test(time)) return "the signature header has no timestamp";
  const given = fields.filter(({ name }) => name === "v1").map(({ value }) => value);
  const expected = keys.map((key) => hmac(key, [`${time}.`, body]));
  if (!given.some((candidate) => expected.some((digest) => matches(digest, candidate)))) return "no signature matches the body";
  if (tolerance !== undefined && Math.abs(now / 1_000 - Number(time)) > tolerance) return "the timestamp is too far from now";
  return undefined;
}

function hmac(key: string, parts: readonly (string | Buffer)[]): Buffer {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** Takes the same time wherever the difference is. */
function matches(digest: Buffer, hex: string): boolean {
  if (!/^[0-9a-f]{64}$/i.test(hex)) return false;
  return timingSafeEqual(digest, Buffer.from(hex, "hex"));
}
