import * as z from "zod";
import { compilePolicy } from "../iam/policy.ts";

/** A queue as the Pulumi program declares it. */
export interface QueueDeclaration {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  /** Inputs of the recorded `aws:sqs/queue:Queue`. */
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
  /** JSON of its resource policy. */
  readonly policy: string | undefined;
}

/** Inputs that change nothing on one machine: identity, encryption at rest, tags. */
const WITHOUT_EFFECT = [
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
const settings = z.strictObject({
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

/** The declaration asks for what SQS would refuse, or for what is not simulated here. */
class QueueDefinitionError extends Error {
  override readonly name = "QueueDefinitionError";
}

/** @throws QueueDefinitionError, PolicyError */
export function defineQueue({ name, arn, url, attributes }: QueueDeclaration): Queue {
  const given = Object.entries(attributes).filter(
    ([key, value]) => value !== undefined && value !== null && !WITHOUT_EFFECT.includes(key),
  );
  const parsed = settings.safeParse(Object.fromEntries(given));
  if (!parsed.success)
    throw new QueueDefinitionError(`Queue ${name} can't be made: ${z.prettifyError(parsed.error)}. Mend its inputs.`);
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

/** @throws PolicyError when the policy can't be evaluated */
export function withPolicy(queue: Queue, policy: string | undefined): Queue {
  if (policy !== undefined) compilePolicy("resource", policy);
  return { ...queue, policy };
}

function readRedrive(name: string, json: string): Redrive {
  try {
    return redriveSchema.parse(JSON.parse(json));
  } catch (error) {
    throw new QueueDefinitionError(
      `Queue ${name} has a redrive policy that can't be read: ${json}. Give deadLetterTargetArn and maxReceiveCount (1 to 1000).`,
      {
        cause: error,
      },
    );
  }
}
