import { createHmac } from "node:crypto";
import type { HardenedHub } from "./hardened-hub.ts";
import type { ProbeRequest } from "./probe.ts";

const hmac = (key: string, ...parts: readonly (string | Buffer)[]) => {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest("hex");
};
const now = () => Math.floor(Date.now() / 1_000);

interface Signed extends ProbeRequest {
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  /** The signature, which no log may show. */
  readonly proof: string;
}

type Sign = (hub: HardenedHub, body: Buffer, at?: number) => Signed;

/** Webhooks of the program, signed as the third party does: by the name of their secret. */
export const SIGNED = {
  stripe: (hub, body, at = now()) => {
    const proof = hmac(hub.signingKey("stripe/webhook"), `${at}.`, body);
    return { target: "/hooks/stripe", headers: [["Stripe-Signature", `t=${at},v1=${proof}`]], body, proof };
  },
  github: (hub, body) => {
    const proof = hmac(hub.signingKey("github"), body);
    return {
      target: "/hooks/github",
      headers: [
        ["X-Hub-Signature-256", `sha256=${proof}`],
        ["X-GitHub-Delivery", proof.slice(0, 36)],
      ],
      body,
      proof,
    };
  },
  slack: (hub, body, at = now()) => {
    const proof = hmac(hub.signingKey("slack"), `v0:${at}:`, body);
    const headers = [
      ["X-Slack-Request-Timestamp", String(at)],
      ["X-Slack-Signature", `v0=${proof}`],
    ] as const;
    return { target: "/hooks/slack", headers, body, proof };
  },
  meta: (hub, body) => {
    const proof = hmac(hub.signingKey("meta"), body);
    return {
      target: "/hooks/meta",
      headers: [
        ["X-Hub-Signature-256", `sha256=${proof}`],
        ["X-GitHub-Delivery", proof.slice(0, 36)],
      ],
      body,
      proof,
    };
  },
} as const satisfies Readonly<Record<string, Sign>>;
