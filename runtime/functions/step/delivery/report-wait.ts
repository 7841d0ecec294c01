import { REPORTED_WAIT_SECONDS } from "../../../../protocol/metrics.ts";
import type { SqsRecord } from "../../../lambda.ts";
import { metricLine } from "../../../logging/metric.ts";
import type { Services } from "../../../services.ts";

/**
 * Reports the longest wait of the messages: since each was sent, however often it was received. SQS's own metric leaves messages out that
 * were received three times or more.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export function reportWait(services: Services, messages: readonly SqsRecord[]): void {
  const now = services.clock.now();
  const oldest = Math.min(...messages.map(({ attributes }) => Number(attributes.SentTimestamp ?? now)));
  const wait = Math.floor((now - oldest) / 1_000);
  if (wait >= REPORTED_WAIT_SECONDS) metricLine(services, { OldestWaitSeconds: wait }, { flow: services.environment.flow });
}
