/** Where a page ended: the last request on it. */
export interface Position {
  readonly requestId: string;
  readonly createdAt: string;
}

export const encodeCursor = ({ requestId, createdAt }: Position): string =>
  Buffer.from(JSON.stringify([createdAt, requestId])).toString("base64url");

/** @returns `undefined` when the text is no cursor */
export function decodeCursor(text: string): Position | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (!Array.isArray(value) || value.length !== 2) return undefined;
    const [createdAt, requestId] = value as readonly unknown[];
    return typeof createdAt === "string" && typeof requestId === "string" && createdAt !== "" && requestId !== ""
      ? { createdAt, requestId }
      : undefined;
  } catch {
    return undefined;
  }
}
