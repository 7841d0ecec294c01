import type { QueueStatistics, Queues } from "../sqs/queues.ts";
import type { Metrics } from "./metrics.ts";
import type { Watched } from "./watched.ts";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
const GAUGES: Readonly<Record<string, (statistics: QueueStatistics) => number>> = {
  ApproximateAgeOfOldestMessage: ({ countedAgeSeconds }) => countedAgeSeconds,
  ApproximateNumberOfMessagesVisible: ({ visible }) => visible,
  ApproximateNumberOfMessagesNotVisible: ({ inFlight }) => inFlight,
  ApproximateNumberOfMessagesDelayed: ({ delayed }) => delayed,
};

/** Measures the queues that an alarm watches, as SQS does each minute. */
export const queueMetrics = (queues: Pick<Queues, "arnOf" | "statistics">, metrics: Metrics) => (watched: Watched) => {
  for (const { namespace, metric, dimensions } of watched.stats) {
    const gauge = namespace === "AWS/SQS" ? GAUGES[metric] : undefined;
    const arn = gauge && queues.arnOf(dimensions.QueueName ?? "");
    if (gauge && arn !== undefined) metrics.put({ namespace, metric, dimensions, value: gauge(queues.statistics(arn)) });
  }
};
