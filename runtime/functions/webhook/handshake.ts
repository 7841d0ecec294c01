import type { Signature } from "../../../model/signature.ts";
import { HttpProblem } from "../../http/problem.ts";
import type { ProxyResponse } from "../../lambda.ts";
import { SECRET_FRESH_MS } from "../../limits.ts";
import type { Logger } from "../../logging/logger.ts";
import { keysOf, type SecretCache } from "../../secret-cache.ts";
import type { Call } from "./call.ts";
import { sameText } from "./keys.ts";

/**
 * The answer to Slack's `url_verification`, a signed POST like any other, which matches no event's schema.
 * https://docs.slack.dev/reference/events/url_verification
 * @returns `undefined` for any other call
 */
export function slackHandshake({ handshake }: Signature, data: unknown, log: Logger): ProxyResponse | undefined {
  if (handshake !== "slack") return undefined;
  const { type, challenge } = (data ?? {}) as { readonly type?: unknown; readonly challenge?: unknown };
  if (type !== "url_verification") return undefined;
  log.info("handshake answered", { handshake });
  return repeat(challenge);
}

/**
 * Answers the GET by which Meta verifies the URL: it contains the secret's `verifyToken`. The GET is not signed, and any other GET is
 * refused.
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
 * @returns a function that returns `undefined` for any other call. It throws HttpProblem 403
 */
export const metaHandshake =
  ({ handshake, secret }: Signature, secrets: SecretCache, log: Logger) =>
  async (method: string | undefined, call: Call): Promise<ProxyResponse | undefined> => {
    if (handshake !== "meta" || method !== "GET") return undefined;
    const sole = (name: string) => {
      const [value, ...others] = call.query(name);
      return others.length === 0 ? value : undefined;
    };
    const shown = sole("hub.mode") === "subscribe" ? (sole("hub.verify_token") ?? "") : "";
    const holds = async (maxAgeMs?: number) =>
      sameText(keysOf(secret, await secrets.get(secret, maxAgeMs), ["verifyToken"]).verifyToken, shown);
    // The token may have been stored since the secret was read.
    if (!(await holds()) && !(await holds(SECRET_FRESH_MS))) {
      log.warn("handshake refused");
      throw new HttpProblem(403, "Forbidden", "The verify token does not match.");
    }
    log.info("handshake answered", { handshake });
    return repeat(sole("hub.challenge"));
  };

/** As plain text, and only what looks like a challenge, so that no caller can make the hub show a page. */
function repeat(challenge: unknown): ProxyResponse {
  if (typeof challenge !== "string" || !/^[\w.~+/=-]{1,512}$/.test(challenge))
    throw new HttpProblem(400, "Bad Request", "The challenge is missing, or is not 1 to 512 letters, digits and . _ ~ + / = -.");
  return {
    statusCode: 200,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff", "cache-control": "no-store" },
    body: challenge,
  };
}
