import { randomInt } from "node:crypto";
import type { Handshake } from "../../model/index.ts";
import type { SandboxRequest } from "./http.ts";
import { senderOf } from "./sign-by-function.ts";
import { signWebhook } from "./sign-webhook.ts";
import type { Answer, SandboxOptions, Webhook } from "./types.ts";

/**
 * Signs the body as the third party would, posts it to the hub, and returns the answer of the hub.
 * The timestamp of the signature is the time of the hub's clock, which the verifying function uses, too.
 */
export async function sendWebhook(
  webhook: Webhook,
  request: SandboxRequest,
  { secret, hubUrl, clock }: Pick<SandboxOptions, "secret" | "hubUrl" | "clock">,
): Promise<Answer> {
  if (webhook.verify.kind === "function" && !senderOf(webhook.verify))
    return {
      status: 501,
      body: {
        error: "not_signable",
        message: `The signature of ${webhook.flow}.${webhook.trigger} is a function of its flow, so the sandbox can't sign. Send a signed call to ${hubUrl()}.`,
      },
    };
  const { current, signingKey } = secret(webhook.verify.secret) ?? {};
  const key = webhook.verify.kind === "public-key" ? signingKey : current;
  if (!key) {
    return {
      status: 500,
      body: { error: "no_secret", message: `The secret "${webhook.verify.secret}" has no "current" value. Put one.` },
    };
  }
  const [method = "POST", path = "/"] = webhook.route.split(" ");
  const passed = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.test(name));
  const url = `${hubUrl()}${path}`;
  const call = signWebhook(webhook.verify, request.body, {
    url,
    key,
    signingKey,
    headers: request.headers,
    time: clock.now(),
  });
  return post(hubUrl(), call.url, {
    method,
    headers: { ...Object.fromEntries(passed), ...call.headers },
    body: call.body,
  });
}

/** Headers of the call to the sandbox itself; any other one may be part of the third party's, such as `x-github-event`. */
const OWN_HEADERS = /^(host|connection|content-(length|type)|transfer-encoding|accept(-.*)?|user-agent|sec-.*)$/;

/** Handshakes that carry no signature; the others are bodies like any other. */
export const UNSIGNED_HANDSHAKES: readonly (Handshake | undefined)[] = ["meta", "dropbox", "trello", "microsoft-graph"];

/** Sends the unsigned call by which the third party verifies the URL before the first webhook. */
export async function sendHandshake(
  webhook: Webhook,
  { secret, hubUrl }: Pick<SandboxOptions, "secret" | "hubUrl">,
): Promise<Answer> {
  const { handshake } = webhook.verify;
  const url = `${hubUrl()}${webhook.route.slice(webhook.route.indexOf("/"))}`;
  const challenge = String(randomInt(1_000_000_000));
  if (handshake === "trello") return post(hubUrl(), url, { method: "HEAD" });
  if (handshake === "dropbox") return post(hubUrl(), `${url}?challenge=${challenge}`, { method: "GET" });
  if (handshake === "microsoft-graph") {
    const token = new URLSearchParams({ validationToken: `Validation: Testing client application reachability ${challenge}` });
    return post(hubUrl(), `${url}?${token}`, { method: "POST", headers: { "content-type": "text/plain; charset=utf-8" } });
  }
  const verifyToken = secret(webhook.verify.secret)?.verifyToken ?? "";
  const query = new URLSearchParams({ "hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verifyToken });
  return post(hubUrl(), `${url}?${query}`, { method: "GET" });
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
      body: { error: "hub_unreachable", message: `The hub does not answer at ${hubUrl}: ${why}. Start the hub, then try again.` },
    };
  }
}
