/** A position as runtime/functions/ledger/listing.ts makes it: a time in UTC, and the id of the request. */
const POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9._:-]{1,512}$/;
/** Of a cursor's text; the longest position fits. */
const LONGEST = 800;

/** @param position the last one that was looked at */
export const encodeCursor = (position: string): string => Buffer.from(position).toString("base64url");

/** @returns the position, or `undefined` when the text is no cursor */
export function decodeCursor(text: string): string | undefined {
  if (text.length > LONGEST || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  const position = Buffer.from(text, "base64url").toString("utf8");
  return POSITION.test(position) ? position : undefined;
}
