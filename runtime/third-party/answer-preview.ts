import type { UnreadableAnswer } from "../../protocol/dead-letter.ts";
import { maskedPreview } from "../mask.ts";
import type { Answer } from "./send.ts";

/** Bytes that are read and masked; longer than the preview, so that no secret is cut before it is recognised. */
const READ_BYTES = 16_384;
/** Characters. */
const LONGEST = 300;
/** A shorter value of a secret, such as a user name, would mask ordinary words. */
const SHORTEST_SECRET = 6;
/** Characters of a word that may be the begin of a secret. */
export const LONGEST_WORD = 4_096;

/**
 * What a dead letter shows of an answer that can't be read.
 * @param secrets values that are masked wherever they occur, such as the credentials of the call
 */
export function previewOf({ status, headers, bytes }: Answer, secrets: readonly string[]): UnreadableAnswer {
  const read = Buffer.from(bytes.subarray(0, READ_BYTES)).toString("utf8");
  const hidden = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, "***"), read);
  // Where the text goes on, its last word may be the begin of a secret.
  const whole = bytes.length > READ_BYTES ? hidden.slice(0, lastWordOf(hidden)) : hidden;
  const text = maskedPreview(whole)
    .replaceAll(/[\p{Cc}\ufffe\uffff]/gu, ".")
    .slice(0, LONGEST)
    .toWellFormed();
  return { status, contentType: contentTypeOf(headers), size: bytes.length, text };
}

/** @returns where the last word of the text begins, or the last `LONGEST_WORD` characters of it */
export function lastWordOf(text: string): number {
  let at = text.length;
  while (at > text.length - LONGEST_WORD && /\S/.test(text.charAt(at - 1))) at -= 1;
  return at;
}

/** @returns such as `text/html`; `""` when there is none */
export const contentTypeOf = (headers: Headers): string =>
  /^[\w.+-]{1,64}\/[\w.+-]{1,64}/.exec(headers.get("content-type") ?? "")?.[0] ?? "";
