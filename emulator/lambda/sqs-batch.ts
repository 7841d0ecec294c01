import { createHash } from "node:crypto";
import type { ReceivedMessage } from "../sqs/queues.ts";
import type { InvokeResult } from "./function-spec.ts";

/** The event of an SQS event source mapping. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export const sqsEvent = (queueArn: string, messages: readonly ReceivedMessage[]) => ({
  Records: messages.map(({ messageId, receiptHandle, body, attributes, messageAttributes }) => ({
    messageId,
    receiptHandle,
    body,
    attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(messageAttributes).map(([name, value]) => [name, { ...value, stringListValues: [], binaryListValues: [] }]),
    ),
    md5OfBody: createHash("md5").update(body).digest("hex"),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3] ?? "",
  })),
});

/**
 * Finds the failed messages of a batch by Lambda's rules for `ReportBatchItemFailures`:
 * - An error of the function fails all messages.
 * - No response, `null`, `{}` or an empty list fails none.
 * - A list with an unknown, empty or missing id, or a response of another form, fails all.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * @param reports whether the mapping's function response types contain `ReportBatchItemFailures`; if not, only an error fails messages
 * @returns ids of the failed messages
 */
export function failedMessages(messageIds: readonly string[], result: InvokeResult, reports: boolean): ReadonlySet<string> {
  const all = new Set(messageIds);
  const none = new Set<string>();
  if (!result.ok) return all;
  if (!reports) return none;
  const { payload } = result;
  if (payload === null || payload === undefined) return none;
  if (typeof payload !== "object" || Array.isArray(payload)) return all;
  const { batchItemFailures: failures } = payload as { batchItemFailures?: unknown };
  if (failures === null || failures === undefined) return none;
  if (!Array.isArray(failures)) return all;
  const failed = failures.map((failure: unknown) =>
    typeof failure === "object" && failure !== null ? (failure as { itemIdentifier?: unknown }).itemIdentifier : undefined,
  );
  return failed.every((id) => typeof id === "string" && all.has(id)) ? new Set(failed as string[]) : all;
}
