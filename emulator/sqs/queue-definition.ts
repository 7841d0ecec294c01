import * as z from "zod";
import { AwsError, type Json } from "../endpoint/service.ts";
import { compilePolicy } from "../iam/policy.ts";
import type { QueueCounts } from "./message-table.ts";

/** A queue as the recorded `aws:sqs/queue:Queue` declares it. */
export interface QueueDeclaration {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  /** Inputs of the resource. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface Redrive {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** A queue's settings; times in milliseconds, sizes in bytes. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly visibilityMs: number;
  readonly retentionMs: number;
  readonly delayMs: number;
  readonly receiveWaitMs: number;
  readonly maxMessageBytes: number;
  readonly redrive: Redrive | undefined;
  /** JSON of its resource-based policy. */
  readonly policy: string | undefined;
}

/** Inputs that have no effect in the emulator: identity, encryption at rest, tags. */
const IGNORED_INPUTS = [
  "name",
  "namePrefix",
  "region",
  "arn",
  "url",
  "id",
  "tags",
  "tagsAll",
  "sqsManagedSseEnabled",
  "kmsMasterKeyId",
  "kmsDataKeyReusePeriodSeconds",
];

// Ranges and defaults: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
const settingsSchema = z.strictObject({
  visibilityTimeoutSeconds: z.int().min(0).max(43_200).default(30),
  messageRetentionSeconds: z.int().min(60).max(1_209_600).default(345_600),
  delaySeconds: z.int().min(0).max(900).default(0),
  receiveWaitTimeSeconds: z.int().min(0).max(20).default(0),
  maxMessageSize: z.int().min(1_024).max(1_048_576).default(1_048_576),
  redrivePolicy: z.string().optional(),
  policy: z.string().optional(),
  fifoQueue: z.literal(false, "FIFO queues are not simulated. Use a standard queue").optional(),
});
const redriveSchema = z.object({
  deadLetterTargetArn: z.string().startsWith("arn:"),
  maxReceiveCount: z.coerce.number().int().min(1).max(1_000),
});

/** SQS refuses the declared queue, or the emulator does not support it. */
class QueueDefinitionError extends Error {
  override readonly name = "QueueDefinitionError";
}

/**
 * Reads a queue's declaration.
 * @throws QueueDefinitionError for invalid or unsupported inputs; PolicyError when the policy can't be evaluated
 */
export function defineQueue({ name, arn, url, attributes }: QueueDeclaration): Queue {
  const settings = Object.entries(attributes).filter(
    ([key, value]) => value !== undefined && value !== null && !IGNORED_INPUTS.includes(key),
  );
  const parsed = settingsSchema.safeParse(Object.fromEntries(settings));
  if (!parsed.success)
    throw new QueueDefinitionError(`Queue ${name} can't be created: ${z.prettifyError(parsed.error)}. Correct its inputs.`);
  const inputs = parsed.data;
  return withPolicy(
    {
      name,
      arn,
      url,
      visibilityMs: inputs.visibilityTimeoutSeconds * 1_000,
      retentionMs: inputs.messageRetentionSeconds * 1_000,
      delayMs: inputs.delaySeconds * 1_000,
      receiveWaitMs: inputs.receiveWaitTimeSeconds * 1_000,
      maxMessageBytes: inputs.maxMessageSize,
      redrive: inputs.redrivePolicy ? readRedrive(name, inputs.redrivePolicy) : undefined,
      policy: undefined,
    },
    inputs.policy || undefined,
  );
}

/**
 * Sets or removes the queue's resource-based policy.
 * @throws PolicyError when the policy can't be evaluated
 */
export function withPolicy(queue: Queue, policy: string | undefined): Queue {
  if (policy !== undefined) compilePolicy("resource", policy);
  return { ...queue, policy };
}

function readRedrive(name: string, json: string): Redrive {
  try {
    return redriveSchema.parse(JSON.parse(json));
  } catch (error) {
    throw new QueueDefinitionError(
      `Queue ${name} has an invalid redrive policy: ${json}. Give deadLetterTargetArn and maxReceiveCount (1 to 1000).`,
      { cause: error },
    );
  }
}

/**
 * The response of GetQueueAttributes.
 * @param wanted list of attribute names, or `All`
 * @throws AwsError InvalidAttributeName
 */
export function queueAttributes(queue: Queue, counts: QueueCounts, wanted: unknown): Json {
  const all = attributesOf(queue, counts);
  const names = Array.isArray(wanted) ? wanted.map(String) : [];
  const unknown = names.find((name) => name !== "All" && !(name in all));
  if (unknown !== undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  const picked = Object.entries(all).filter(
    ([name, value]) => value !== undefined && (names.includes("All") || names.includes(name)),
  );
  return picked.length > 0 ? { Attributes: Object.fromEntries(picked) } : {};
}

const attributesOf = (queue: Queue, counts: QueueCounts): Record<string, string | undefined> => ({
  QueueArn: queue.arn,
  ApproximateNumberOfMessages: String(counts.visible),
  ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
  ApproximateNumberOfMessagesDelayed: String(counts.delayed),
  VisibilityTimeout: String(queue.visibilityMs / 1_000),
  MessageRetentionPeriod: String(queue.retentionMs / 1_000),
  DelaySeconds: String(queue.delayMs / 1_000),
  ReceiveMessageWaitTimeSeconds: String(queue.receiveWaitMs / 1_000),
  MaximumMessageSize: String(queue.maxMessageBytes),
  RedrivePolicy: queue.redrive && JSON.stringify(queue.redrive),
  Policy: queue.policy,
});
