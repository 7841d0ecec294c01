import { badRequest, HttpProblem } from "../../http/problem.ts";
import type { ProxyResponse } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Fetch } from "../../ports.ts";
import { send } from "../../third-party/send.ts";

const TOPIC = /^arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]{3,32}):\d{12}:[\w.-]{1,256}$/;
/** SNS waits 15 seconds for the answer to its own call. */
const TIMEOUT_MS = 5_000;
const EMPTY: ProxyResponse = { statusCode: 200, headers: {}, body: "" };

/**
 * Confirms a subscription, and logs its end. The address is made of the topic's ARN, which the secret names, and not taken from the
 * message's `SubscribeURL`. `AWS_ENDPOINT_URL` replaces it, as for the SDKs.
 * https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
 * https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * @param message a verified one
 * @returns `undefined` for a notification
 * @throws HttpProblem 503 when SNS does not take the confirmation: it sends the message again
 */
export async function snsConfirmation(
  message: Readonly<Record<string, unknown>>,
  { log, fetch }: { readonly log: Logger; readonly fetch?: Fetch | undefined },
): Promise<ProxyResponse | undefined> {
  const { Type: type, TopicArn: topic, Token: token } = message;
  if (type === "UnsubscribeConfirmation") {
    log.warn("the third party ended the subscription", { handshake: "amazon-sns" });
    return EMPTY;
  }
  if (type !== "SubscriptionConfirmation") return undefined;
  const [, partition, region = ""] = (typeof topic === "string" && TOPIC.exec(topic)) || [];
  if (partition === undefined || typeof token !== "string" || token === "")
    throw badRequest("The message has no TopicArn of SNS, or no Token.");
  const origin = process.env.AWS_ENDPOINT_URL ?? `https://sns.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`;
  const query = new URLSearchParams({
    Action: "ConfirmSubscription",
    Version: "2010-03-31",
    TopicArn: String(topic),
    Token: token,
  });
  const request = { method: "GET" as const, url: `${origin}/?${query}`, headers: {}, body: undefined };
  const { status } = await send("ConfirmSubscription", request, TIMEOUT_MS, new AbortController().signal, fetch).catch(
    (error: unknown) => ({ status: error instanceof Error ? error.message : "no answer" }),
  );
  if (status !== 200) {
    log.error("the subscription could not be confirmed", { handshake: "amazon-sns", answer: status });
    throw new HttpProblem(503, "Service Unavailable", "The subscription could not be confirmed. Send the message again.", {
      "retry-after": "5",
    });
  }
  log.info("handshake answered", { handshake: "amazon-sns" });
  return EMPTY;
}
