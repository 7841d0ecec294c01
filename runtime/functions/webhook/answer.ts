import type { WebhookAnswer } from "../../../model/signature.ts";
import { json } from "../../http/problem.ts";
import { basePathOf, headerOf } from "../../http/request.ts";
import type { ProxyEvent, ProxyResponse } from "../../lambda.ts";

const ACCEPTED = 202;

interface Started {
  readonly requestId: string;
  readonly correlationId: string;
}

/**
 * The answer to a delivery that is on the bus, also when it was sent before.
 * @param started `undefined`: the flow does not list its type, so it starts nothing
 */
export function answerToOne(answer: WebhookAnswer | undefined, event: ProxyEvent, started: Started | undefined): ProxyResponse {
  if (!started) return answerAs(answer, { status: "ignored" }, { "x-request-id": event.requestContext.requestId });
  const { requestId, correlationId } = started;
  const statusUrl = statusUrlOf(event, requestId);
  const headers = { "x-request-id": requestId, "x-correlation-id": correlationId };
  return answerAs(
    answer,
    { requestId, correlationId, status: "accepted", statusUrl },
    { ...headers, ...(answer?.body === undefined && { location: statusUrl }) },
  );
}

/** The answer to a batch whose items are on the bus, except those of types that the flow does not list. */
export const answerToList = (answer: WebhookAnswer | undefined, event: ProxyEvent, started: readonly Started[]): ProxyResponse =>
  answerAs(
    answer,
    { requestIds: started.map(({ requestId }) => requestId), status: started.length > 0 ? "accepted" : "ignored" },
    { "x-request-id": event.requestContext.requestId },
  );

function answerAs(
  { status = ACCEPTED, contentType = "text/plain; charset=utf-8", body }: Partial<WebhookAnswer> = {},
  facts: object,
  headers: Readonly<Record<string, string>>,
): ProxyResponse {
  if (body === undefined) return json(status, facts, headers);
  return { statusCode: status, headers: body === "" ? headers : { "content-type": contentType, ...headers }, body };
}

/** As the gateway's template writes it. API Gateway always uses https; only the local hub does not. */
function statusUrlOf(event: ProxyEvent, requestId: string): string {
  const { domainName } = event.requestContext;
  const scheme = headerOf(event, "x-forwarded-proto") === "http" ? "http" : "https";
  return `${scheme}://${domainName}${basePathOf(event)}/requests/${requestId}`;
}
