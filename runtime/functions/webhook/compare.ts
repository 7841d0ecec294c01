import { createHash, timingSafeEqual } from "node:crypto";

/** Takes the same time wherever the difference is, and whatever the lengths are. */
export function sameText(expected: string, given: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
