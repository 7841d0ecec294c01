import type { Duration } from "./duration.ts";

/** How an ingress function tells that a webhook comes from the third party it claims to come from. */
export interface Signature {
  /** Signature scheme; `stripe` is HMAC-SHA256 over `<t>.<body>` in `Stripe-Signature: t=…,v1=…`. */
  readonly scheme: "stripe" | "hmac-sha256";
  /** Name of the secret. Its value: `{ "current": "…", "previous": "…" }`; `previous` is accepted while keys rotate. */
  readonly secret: string;
  /** Header that carries the signature, lower case. */
  readonly header: string;
  /** Oldest and newest accepted timestamp relative to now; `undefined` where the scheme signs no time. */
  readonly tolerance: Duration | undefined;
}

/**
 * Stripe's scheme. https://docs.stripe.com/webhooks#verify-manually
 * @param options.tolerance @default "5 minutes"
 */
export const stripe = (options: { readonly secret: string; readonly tolerance?: Duration }): Signature => ({
  scheme: "stripe",
  secret: options.secret,
  header: "stripe-signature",
  tolerance: options.tolerance ?? "5 minutes",
});

/** Hex HMAC-SHA256 of the raw body in a header of the sender's choice, with or without a `sha256=` before it. */
export const hmacSha256 = (options: { readonly secret: string; readonly header: string }): Signature => ({
  scheme: "hmac-sha256",
  secret: options.secret,
  header: options.header.toLowerCase(),
  tolerance: undefined,
});
