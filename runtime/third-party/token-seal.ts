import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { TokenRequest } from "./token-request.ts";

export interface Token {
  readonly value: string;
  /** Not used after this, ms since the epoch. */
  readonly until: number;
  /** The refresh token that the third party gave last. */
  readonly refreshToken?: string | undefined;
}

/**
 * Encrypts tokens for the state table (AES-256-GCM) with a key that derives from the adapter's secret (HKDF, RFC 5869): only functions that
 * may read the secret can read the token, and a token of another secret, or of another declaration, can't be opened.
 */
export function tokenSeal({ adapter, auth, tokenUrl, secret }: TokenRequest) {
  const material = JSON.stringify(Object.entries(secret).sort(([a], [b]) => (a < b ? -1 : 1)));
  const key = new Uint8Array(hkdfSync("sha256", material, "", "hub access token", 32));
  const bound = Buffer.from(JSON.stringify([adapter, auth, tokenUrl]));
  return {
    seal(token: Token): string {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(bound);
      const sealed = Buffer.concat([cipher.update(JSON.stringify(token)), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64");
    },
    /** @returns `undefined` for what it can't open */
    open(sealed: unknown): Token | undefined {
      if (typeof sealed !== "string") return undefined;
      const bytes = Buffer.from(sealed, "base64");
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12))
          .setAAD(bound)
          .setAuthTag(bytes.subarray(12, 28));
        return JSON.parse(`${decipher.update(bytes.subarray(28))}${decipher.final()}`) as Token;
      } catch {
        return undefined;
      }
    },
  };
}
