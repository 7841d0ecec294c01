import { RetryableError } from "../errors.ts";
import type { Answer } from "./send.ts";

/** Byte order marks. https://encoding.spec.whatwg.org/#bom-sniff */
const MARKS: readonly (readonly [charset: string, mark: readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16be", [0xfe, 0xff]],
  ["utf-16le", [0xff, 0xfe]],
];

/**
 * Decodes an answer by its byte order mark, the charset of its `Content-Type`, the encoding of an XML declaration, or as UTF-8, in this order.
 * The mark is dropped.
 *
 * @param name `<adapter>.<operation>`
 * @throws RetryableError `INVALID_RESPONSE` for an unknown charset, and for bytes that are not of it; no byte is replaced
 */
export function textOf(name: string, { headers, bytes }: Answer): string {
  const charset =
    MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte))?.[0] ??
    /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers.get("content-type") ?? "")?.[1] ??
    /^<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)/.exec(Buffer.from(bytes.subarray(0, 200)).toString("latin1"))?.[1] ??
    "utf-8";
  const decoder = decoderOf(charset);
  if (!decoder) throw new RetryableError("INVALID_RESPONSE", `${name} answered in a charset that can't be read. Ask for UTF-8.`);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new RetryableError("INVALID_RESPONSE", `${name} answered bytes that are not ${decoder.encoding}. Ask for UTF-8.`);
  }
}

function decoderOf(charset: string) {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    return undefined;
  }
}
