/**
 * How long AWS lets physical names be, characters, by Pulumi's type of the resource. The load refuses a flow whose names would be longer, and
 * the local hub any resource.
 */
export const NAME_LIMITS: Readonly<Record<string, number>> = {
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
  "aws:cloudwatch/metricAlarm:MetricAlarm": 255,
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
  "aws:cloudwatch/eventRule:EventRule": 64,
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html */
  "aws:cloudwatch/eventArchive:EventArchive": 48,
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html */
  "aws:cloudwatch/eventBus:EventBus": 256,
  /** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
  "aws:cloudwatch/logGroup:LogGroup": 512,
  /** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html */
  "aws:dynamodb/table:Table": 255,
  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length */
  "aws:iam/role:Role": 64,
  "aws:iam/rolePolicy:RolePolicy": 128,
  /** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
  "aws:lambda/function:Function": 64,
  /** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html */
  "aws:scheduler/schedule:Schedule": 64,
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
  "aws:secretsmanager/secret:Secret": 512,
  /** https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html */
  "aws:sns/topic:Topic": 256,
  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
  "aws:sqs/queue:Queue": 80,
  /** https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html */
  "aws:wafv2/webAcl:WebAcl": 128,
};

/** What Pulumi adds to a name: a hyphen and 7 hex digits. https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming */
export const AUTO_NAME_SUFFIX = 8;

/** Characters of a schedule's description. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html */
export const SCHEDULE_DESCRIPTION = 512;
