import { createHmac } from "node:crypto";
import type { Asked } from "./http.ts";
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
  try {
    const answer = await fetch(`${hubUrl()}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        [webhook.verify.header]: sign(webhook.verify.scheme, key, asked.body, Math.floor(clock.now() / 1_000)),
        ...(correlation !== undefined && { "x-correlation-id": correlation }),
      },
      body: asked.body,
    });
    const headers = ["content-type", "x-request-id", "x-correlation-id"].flatMap((name) => {
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
      body: { error: "hub_unreachable", message: `The hub does not answer at ${hubUrl()}: ${why}. Start it, then try again.` },
    };
  }
}

/** @param time epoch seconds */
function sign(scheme: Webhook["verify"]["scheme"], key: string, body: string, time: number): string {
  const hmac = (text: string) => createHmac("sha256", key).update(text).digest("hex");
  return scheme === "stripe" ? `t=${time},v1=${hmac(`${time}.${body}`)}` : `sha256=${hmac(body)}`;
}
