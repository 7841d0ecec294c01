import { AwsError } from "../endpoint/service.ts";

/**
 * Error codes of the query protocol by code of the JSON protocol. SDKs expose the former as `Code` and the latter as `name`.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
export const QUERY_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  PurgeQueueInProgress: "AWS.SimpleQueueService.PurgeQueueInProgress",
  MessageNotInflight: "AWS.SimpleQueueService.MessageNotInflight",
  TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
  EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
  BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
  BatchRequestTooLong: "AWS.SimpleQueueService.BatchRequestTooLong",
  InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
  UnsupportedOperation: "AWS.SimpleQueueService.UnsupportedOperation",
  AccessDeniedException: "AccessDenied",
};

export const noSuchQueue = () => new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
export const invalidValue = (parameter: string, value: unknown, reason: string) =>
  new AwsError("InvalidParameterValue", `Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`);
export const missing = (parameter: string) =>
  new AwsError("MissingParameter", `The request must contain the parameter ${parameter}.`);
export const invalidHandle = () => new AwsError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.");
