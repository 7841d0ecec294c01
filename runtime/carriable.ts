/** Deeper than anybody's data; JSON.stringify gives up at some thousands, and other languages' readers sooner. */
const DEEPEST = 1_000;

/**
 * Whether an event can carry a value to all that read it: SQS refuses U+FFFE and U+FFFF, so the bus could deliver such an event to no queue,
 * its dead letters' included; and half a surrogate pair is no text (RFC 7493, section 2.1).
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 * @param value plain data, as JSON.parse makes it
 * @returns what is in it that no event can carry; `undefined` when there is nothing
 */
export function uncarriable(value: unknown): string | undefined {
  const left: { readonly one: unknown; readonly depth: number }[] = [{ one: value, depth: 1 }];
  for (let next = left.pop(); next; next = left.pop()) {
    const { one, depth } = next;
    if (typeof one === "string" && !isText(one)) return "U+FFFE, U+FFFF or half a surrogate pair";
    if (typeof one !== "object" || one === null) continue;
    if (depth > DEEPEST) return `more than ${DEEPEST} levels`;
    for (const [name, inner] of Object.entries(one)) left.push({ one: name, depth }, { one: inner, depth: depth + 1 });
  }
  return undefined;
}

/** The text with U+FFFD in the place of what no event can carry. */
export const carriableText = (text: string): string => text.toWellFormed().replace(NO_CHARACTER, "\ufffd");

const NO_CHARACTER = /[\ufffe\uffff]/g;
const isText = (text: string) => text.isWellFormed() && text.search(NO_CHARACTER) < 0;
