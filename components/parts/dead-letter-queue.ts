import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { ChildOptions } from "./customise.ts";
import { DEFAULTS } from "./defaults.ts";

/** A schedule as the recorder needs it to read its dead letters. */
export interface ScheduleTarget {
  readonly scheduleArn: pulumi.Output<string>;
  readonly event: string;
}

/** The steps that share a dead-letter queue, and where a message goes when it is sent back. */
export interface DeadLetterSource {
  readonly flow: string;
  readonly graph: string;
  readonly steps: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** By trigger. */
  readonly schedules?: Readonly<Record<string, ScheduleTarget>>;
  readonly deadLetters: aws.sqs.Queue;
}

/** A queue for messages that could not be processed. It keeps them as long as SQS can. */
export const deadLetterQueue = (name: string, options: ChildOptions): aws.sqs.Queue =>
  new aws.sqs.Queue(
    name,
    {
      messageRetentionSeconds: DEFAULTS.deadLetterRetention,
      // The recorder consumes it.
      visibilityTimeoutSeconds: DEFAULTS.visibilityFactor * DEFAULTS.timeout,
      sqsManagedSseEnabled: true,
    },
    options,
  );
