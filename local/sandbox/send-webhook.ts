import { randomInt } from "node:crypto";
import type { Asked } from "./http.ts";
import { signWebhook } from "./sign-webhook.ts";
import type { Answer, SandboxOptions, Webhook } from "./types.ts";

/**
 * Signs the body as the third party would, posts it to the hub, and answers what the hub answered.
 * The signature's time is the hub's, as that of the function which verifies it.
 */
export async function sendWebhook(
  webhook: Webhook,
  asked: Asked,
  { secret, hubUrl, clock }: Pick<SandboxOptions, "secret" | "hubUrl" | "clock">,
): Promise<Answer> {
  const key = secret(webhook.verify.secret)?.current;
  if (!key) {
    return {
      status: 500,
      body: { error: "no_secret", message: `The secret "${webhook.verify.secret}" has no "current" value. Put one in.` },
    };
  }
  const [method = "POST", path = "/"] = webhook.route.split(" ");
  const correlation = asked.headers["x-correlation-id"];
  const url = `${hubUrl()}${path}`;
  const call = signWebhook(webhook.verify, asked.body, { url, key, headers: asked.headers, time: clock.now() });
  return post(hubUrl(), call.url, {
    method,
    headers: { ...call.headers, ...(correlation !== undefined && { "x-correlation-id": correlation }) },
    body: call.body,
  });
}

/** Asks the hub, as Meta does before it sends anything, whether the webhook's URL is its own. */
export async function sendHandshake(
  webhook: Webhook,
  { secret, hubUrl }: Pick<SandboxOptions, "secret" | "hubUrl">,
): Promise<Answer> {
  const verifyToken = secret(webhook.verify.secret)?.verifyToken ?? "";
  const path = webhook.route.slice(webhook.route.indexOf("/"));
  const query = new URLSearchParams({
    "hub.mode": "subscribe",
    "hub.challenge": String(randomInt(1_000_000_000)),
    "hub.verify_token": verifyToken,
  });
  return post(hubUrl(), `${hubUrl()}${path}?${query}`, { method: "GET" });
}

async function post(hubUrl: string, url: string, init: RequestInit): Promise<Answer> {
  try {
    const answer = await fetch(url, init);
    const headers = ["content-type", "x-request-id", "x-correlation-id", "retry-after"].flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    return {
      status: answer.status,
      headers: { "content-type": "application/json", ...Object.fromEntries(headers) },
      body: await answer.text(),
    };
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return {
      status: 502,
      body: { error: "hub_unreachable", message: `The hub does not answer at ${hubUrl}: ${why}. Start it, then try again.` },
    };
  }
}
