import { LONGEST_ANSWER_WAIT_SECONDS } from "../../protocol/limits.ts";
import type { ProxyEvent } from "../lambda.ts";
import { headersOf } from "./request.ts";

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
/** `token [ BWS "=" BWS word ]`. https://www.rfc-editor.org/rfc/rfc7240.html#section-2 */
const PREFERENCE = new RegExp(`^\\s*(${TOKEN})(?:\\s*=\\s*(${TOKEN}|${QUOTED}))?\\s*(?:;|$)`);
/** Parts of a list: a comma within quotes belongs to its part. */
const PART = /(?:"(?:[^"\\]|\\.)*"|[^,"]|")+/g;

/**
 * The preference `wait` of a call. Of several, the first one counts; a value that is no whole number is ignored, as a server may with any
 * preference. https://www.rfc-editor.org/rfc/rfc7240.html#section-4.3
 * @returns seconds, 0 to LONGEST_ANSWER_WAIT_SECONDS: a longer wait is cut; `undefined` where the call prefers none
 */
export function preferredWait(event: ProxyEvent): number | undefined {
  for (const part of headersOf(event, "prefer").flatMap((value) => value.match(PART) ?? [])) {
    const [, name, word = ""] = PREFERENCE.exec(part) ?? [];
    if (name?.toLowerCase() !== "wait") continue;
    const seconds = word.replace(/^"(.*)"$/, "$1");
    return /^\d{1,9}$/.test(seconds) ? Math.min(Number(seconds), LONGEST_ANSWER_WAIT_SECONDS) : undefined;
  }
  return undefined;
}
