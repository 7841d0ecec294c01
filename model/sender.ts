/** A call as the third party sends it. */
export interface SentCall {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a sender signs with. */
interface SenderTools {
  /** `current` of the secret. */
  readonly key: string;
  /** When the call is sent. */
  readonly time: Date;
  /** The body's fields; `{}` when it is no JSON object. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** HMAC-SHA256 by `key`. */
  hmac(content: string, encoding: "hex" | "base64", keyEncoding?: "utf8" | "hex"): string;
  /** RSASSA-PKCS1-v1_5 by the certificate's key, in base64. */
  rsa(content: string, digest: "sha1" | "sha256"): string;
  /** Of the text's UTF-8 (ISO 3309). */
  crc32(text: string): number;
  uuid(): string;
}

/**
 * How a third party signs whose signature is a function: the local sandbox plays it. Written from the third party's documentation, and not
 * from the function that verifies, so that each shows mistakes of the other.
 */
export interface Sender {
  /** The first `current` of the secret, where the third party issues no plain text. @param hex returns random digits */
  readonly issue?: (hex: (digits: number) => string) => string;
  /** Signs by a private key: the secret has the `certificate` from the start. @default false */
  readonly certified?: boolean;
  readonly sign: (call: SentCall, tools: SenderTools) => SentCall;
}

/** Presets by their `scheme`. */
export type Senders = Readonly<Record<string, Sender>>;
