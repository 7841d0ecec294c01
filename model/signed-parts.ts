import type { SIGNED_PARTS } from "./auth.ts";

/** Values of the placeholders of `hmacSigned`. */
export type SignedParts = Readonly<Record<(typeof SIGNED_PARTS)[number], string>>;

interface Call {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** One character a byte. */
  readonly body: string;
  readonly bodySha256: string;
  /** ms since the epoch */
  readonly now: number;
  readonly nonce: string;
}

export const partsOf = ({ now, ...call }: Call): SignedParts => ({
  ...call,
  target: call.query === "" ? call.path : `${call.path}?${call.query}`,
  timestamp: String(Math.floor(now / 1_000)),
  timestampMs: String(now),
  isoTime: new Date(now).toISOString(),
});

/** @returns what is signed, one character a byte: texts are UTF-8 */
export const signedText = (
  template: string,
  { body = "", ...parts }: Readonly<Record<string, string>>,
  secret: Readonly<Record<string, string>>,
): string =>
  template
    .split("{body}")
    .map((piece) => String.fromCharCode(...new TextEncoder().encode(fillTemplate(piece, parts, secret))))
    .join(body);

/** @returns the template with its placeholders filled in */
export const fillTemplate = (
  template: string,
  parts: Readonly<Record<string, string>>,
  secret: Readonly<Record<string, string>>,
): string =>
  template.replace(/\{([^{}]*)\}/g, (_, name: string) =>
    name.startsWith("secret:") ? (secret[name.slice("secret:".length)] ?? "") : (parts[name] ?? ""),
  );
