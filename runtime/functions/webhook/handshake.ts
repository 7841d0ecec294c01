import { createHmac } from "node:crypto";
import type { Signature } from "../../../model/signature.ts";
import { badRequest, HttpProblem, json } from "../../http/problem.ts";
import type { ProxyResponse } from "../../lambda.ts";
import { SECRET_FRESH_MS } from "../../limits.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Fetch } from "../../ports.ts";
import { keysOf, type SecretCache } from "../../secret-cache.ts";
import type { Call } from "./call.ts";
import { sameText } from "./keys.ts";
import { snsConfirmation } from "./sns-confirmation.ts";

/**
 * Answers the call by which a third party verifies the URL, where that call is not signed: Meta's GET contains the secret's
 * `verifyToken`; Dropbox's GET and Microsoft Graph's POST ask for a text to be returned, Trello's HEAD for 200.
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
 * https://www.dropbox.com/developers/reference/webhooks
 * https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/
 * https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#notificationurl-validation
 * @returns a function that returns `undefined` for any other call. It throws HttpProblem 400, 403
 */
export const unsignedHandshake =
  ({ handshake, secret }: Signature, secrets: SecretCache, log: Logger) =>
  async (call: Call): Promise<ProxyResponse | undefined> => {
    const sole = (name: string) => {
      const [value, ...others] = call.query(name);
      return others.length === 0 ? value : undefined;
    };
    const answered = (answer: ProxyResponse) => {
      log.info("handshake answered", { handshake });
      return answer;
    };
    if (handshake === "trello" && call.method === "HEAD") return answered({ statusCode: 200, headers: {}, body: "" });
    if (handshake === "dropbox" && call.method === "GET") return answered(repeat(sole("challenge")));
    if (handshake === "microsoft-graph" && call.query("validationToken").length > 0)
      return answered(repeat(sole("validationToken"), SENTENCE));
    if (handshake !== "meta" || call.method !== "GET") return undefined;
    const shown = sole("hub.mode") === "subscribe" ? (sole("hub.verify_token") ?? "") : "";
    const holds = async (maxAgeMs?: number) =>
      sameText(keysOf(secret, await secrets.get(secret, maxAgeMs), ["verifyToken"]).verifyToken, shown);
    // The token may have been stored since the secret was read.
    if (!(await holds()) && !(await holds(SECRET_FRESH_MS))) {
      log.warn("handshake refused");
      throw new HttpProblem(403, "Forbidden", "The verify token does not match.");
    }
    return answered(repeat(sole("hub.challenge")));
  };

/**
 * Answers the signed POST by which Slack, Zoom, Twitch, Discord or Amazon SNS verifies the URL, which matches no event's schema.
 * https://docs.slack.dev/reference/events/url_verification
 * https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint
 * https://dev.twitch.tv/docs/eventsub/handling-webhook-events/#responding-to-a-challenge-request
 * https://docs.discord.com/developers/events/webhook-events#preparing-for-events
 * @returns a function that returns `undefined` for any other call
 */
export const signedHandshake =
  (
    { handshake, secret }: Signature,
    around: { readonly secrets: SecretCache; readonly log: Logger; readonly fetch?: Fetch | undefined },
  ) =>
  async (call: Call, data: unknown): Promise<ProxyResponse | undefined> => {
    const { secrets, log } = around;
    if (handshake === "amazon-sns") return snsConfirmation((data ?? {}) as Readonly<Record<string, unknown>>, around);
    const { type, event, challenge, payload, subscription } = (data ?? {}) as Readonly<Record<string, unknown>>;
    const [kind] = call.headers("twitch-eventsub-message-type");
    if (handshake === "twitch" && kind === "revocation") {
      const { type: subscribed, status } = (subscription ?? {}) as { readonly type?: unknown; readonly status?: unknown };
      log.warn("the third party revoked the subscription", { subscription: shown(subscribed), reason: shown(status) });
      return { statusCode: 200, headers: {}, body: "" };
    }
    if (handshake === "discord" && type === 0) {
      log.info("handshake answered", { handshake });
      return { statusCode: 204, headers: {}, body: "" };
    }
    if (handshake === "zoom" && event === "endpoint.url_validation") {
      const { plainToken } = (payload ?? {}) as { readonly plainToken?: unknown };
      if (typeof plainToken !== "string" || !CHALLENGE.test(plainToken)) throw malformed();
      const { current } = keysOf(secret, await secrets.get(secret), ["current"]);
      log.info("handshake answered", { handshake });
      return json(200, { plainToken, encryptedToken: createHmac("sha256", current).update(plainToken).digest("hex") });
    }
    const asked =
      (handshake === "slack" && type === "url_verification") ||
      (handshake === "twitch" && kind === "webhook_callback_verification");
    if (!asked) return undefined;
    log.info("handshake answered", { handshake });
    return repeat(challenge);
  };

const shown = (value: unknown) => String(value).slice(0, 100);

const CHALLENGE = /^[\w.~+/=-]{1,512}$/;
/** Microsoft Graph's is opaque: a sentence with ids. What HTML or a script consists of is left out, as its documentation asks. */
const SENTENCE = /^[\w .,:;~+/=@|!?-]{1,1024}$/;

const malformed = () =>
  badRequest("The challenge is missing, too long, or has other characters than letters, digits and . _ ~ + / = -.");

/** As plain text, and only what looks like a challenge, so that no caller can make the hub show a page. */
function repeat(challenge: unknown, form = CHALLENGE): ProxyResponse {
  if (typeof challenge !== "string" || !form.test(challenge)) throw malformed();
  return {
    statusCode: 200,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff", "cache-control": "no-store" },
    body: challenge,
  };
}
