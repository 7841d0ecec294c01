import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { FlowTargets } from "../../protocol/dead-letter.ts";
import { DEAD_LETTER_RETENTION_SECONDS } from "../../protocol/limits.ts";
import type { ChildOptions } from "./customise.ts";
import { DEFAULTS } from "./defaults.ts";

/** The steps that share a dead-letter queue, and where a message goes when it is sent back. */
export interface DeadLetterSource extends Omit<FlowTargets<pulumi.Output<string>>, "deadLetterArn" | "deadLetterUrl"> {
  readonly deadLetters: aws.sqs.Queue;
}

/** A queue for messages that could not be processed. It keeps them as long as SQS can. */
export const deadLetterQueue = (name: string, options: ChildOptions): aws.sqs.Queue =>
  new aws.sqs.Queue(
    name,
    {
      messageRetentionSeconds: DEAD_LETTER_RETENTION_SECONDS,
      // The recorder consumes it.
      visibilityTimeoutSeconds: DEFAULTS.visibilityFactor * DEFAULTS.timeout,
      sqsManagedSseEnabled: true,
    },
    options,
  );
