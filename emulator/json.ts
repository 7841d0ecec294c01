// JSON.rawJSON and the reviver's third argument (ES2025) exist since Node 21 but not in TypeScript's ES2024 library.
const JsonText = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
};

/**
 * Parses JSON that is written again later: a number that a double would change, such as 1152921506151679043, keeps its digits. AWS's
 * services hold integers as 64 bits. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 * @throws SyntaxError when the text is not JSON
 */
export function parseKeepingDigits(text: string): unknown {
  if (!/\d{16}|\de\+?\d/i.test(text)) return JSON.parse(text);
  return JsonText.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && Math.abs(value) > Number.MAX_SAFE_INTEGER && String(value) !== source
      ? JsonText.rawJSON(source)
      : value,
  );
}
