import { randomUUID } from "node:crypto";

const NAMESPACE = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';

/**
 * SNS's ConfirmSubscription: the one call of AWS's query protocol that a function makes, without credentials. No subscription is kept.
 * https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
 * @param path with the query
 * @returns `undefined` for any other request
 */
export function confirmSubscription(method: string, path: string) {
  if (method !== "GET") return undefined;
  const query = new URL(path, "http://sns").searchParams;
  if (query.get("Action") !== "ConfirmSubscription") return undefined;
  const [topic, token] = [query.get("TopicArn") ?? "", query.get("Token") ?? ""];
  if (!/^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}$/.test(topic) || token === "")
    return {
      status: 400,
      body: `<ErrorResponse ${NAMESPACE}><Error><Type>Sender</Type><Code>InvalidParameter</Code></Error></ErrorResponse>`,
    };
  const result = `<SubscriptionArn>${topic}:${randomUUID()}</SubscriptionArn>`;
  return {
    status: 200,
    body: `<ConfirmSubscriptionResponse ${NAMESPACE}><ConfirmSubscriptionResult>${result}</ConfirmSubscriptionResult></ConfirmSubscriptionResponse>`,
  };
}
