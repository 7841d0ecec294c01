/** JSON.stringify fails at some thousand levels, parsers of other languages sooner. */
const DEEPEST = 1_000;

/**
 * Checks that an event can carry a value. SQS refuses U+FFFE and U+FFFF, so the bus could deliver such an event to no queue, not even to
 * the dead-letter queue. Half a surrogate pair is not valid text (RFC 7493, section 2.1).
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 * @param value plain data, as JSON.parse returns it
 * @returns what no event can carry; `undefined` when the value is fine
 */
export function uncarriable(value: unknown): string | undefined {
  return unfit(value, 1);
}

function unfit(node: unknown, depth: number): string | undefined {
  if (typeof node === "string") return isText(node) ? undefined : "U+FFFE, U+FFFF or half a surrogate pair";
  if (typeof node !== "object" || node === null) return undefined;
  if (depth > DEEPEST) return `more than ${DEEPEST} levels`;
  if (Array.isArray(node)) {
    for (const item of node) {
      const found = unfit(item, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const name in node) {
    const found = unfit(name, depth) ?? unfit((node as Readonly<Record<string, unknown>>)[name], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Replaces what no event can carry by U+FFFD. */
export const carriableText = (text: string): string => text.toWellFormed().replace(NO_CHARACTER, "\ufffd");

const NO_CHARACTER = /[\ufffe\uffff]/g;
const isText = (text: string) => text.isWellFormed() && text.search(NO_CHARACTER) < 0;
