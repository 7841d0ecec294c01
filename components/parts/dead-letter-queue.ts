import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { DEFAULTS } from "./defaults.ts";

/** A queue for what could not be worked on; kept as long as SQS keeps anything. */
export const deadLetterQueue = (name: string, options: pulumi.CustomResourceOptions): aws.sqs.Queue =>
  new aws.sqs.Queue(
    name,
    {
      messageRetentionSeconds: DEFAULTS.deadLetterRetention,
      // The recorder works on it.
      visibilityTimeoutSeconds: DEFAULTS.visibilityFactor * DEFAULTS.timeout,
      sqsManagedSseEnabled: true,
    },
    options,
  );
