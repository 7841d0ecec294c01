import type { Json } from "../endpoint/service.ts";
import type { BusEvent } from "./event.ts";

/** A rule's target, as the recorded `aws:cloudwatch/eventTarget:EventTarget` declares it. */
export interface TargetDeclaration {
  readonly ruleArn: string;
  readonly targetId: string;
  /** ARN of a queue or a function. */
  readonly arn: string;
  /** Retries 0 to 185, age 60 to 86,400 seconds. @default 185 retries within 86,400 seconds */
  readonly retryPolicy?: { readonly maximumRetryAttempts?: number; readonly maximumEventAgeInSeconds?: number };
  /** ARN of the dead-letter queue. @default undeliverable events are dropped */
  readonly deadLetterArn?: string;
  /** JSON that replaces the event as the target's input. */
  readonly input?: string;
  /** Path of the part of the event that is the target's input: `$` and field names, such as `$.detail`. */
  readonly inputPath?: string;
}

export interface Target {
  readonly ruleArn: string;
  readonly targetId: string;
  readonly arn: string;
  readonly kind: "queue" | "function";
  readonly maxRetries: number;
  readonly maxAgeMs: number;
  readonly deadLetterArn: string | undefined;
  /** Creates the target's input, as JSON. */
  readonly payload: (event: BusEvent) => string;
}

/** EventBridge refuses the declared bus, rule, target or archive, or the emulator does not support it. */
export class BusDefinitionError extends Error {
  override readonly name = "BusDefinitionError";
}

/**
 * Reads a target's declaration.
 * @throws BusDefinitionError for invalid or unsupported settings
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html
 */
export function defineTarget({
  ruleArn,
  targetId,
  arn,
  retryPolicy = {},
  deadLetterArn,
  input,
  inputPath,
}: TargetDeclaration): Target {
  const { maximumRetryAttempts = 185, maximumEventAgeInSeconds = 86_400 } = retryPolicy;
  const refuse = (reason: string) => new BusDefinitionError(`Target ${targetId} of ${ruleArn} can't be created: ${reason}.`);
  const service = arn.split(":")[2];
  if (service !== "sqs" && service !== "lambda")
    throw refuse(`${arn} is neither a queue nor a function. Only those are simulated`);
  if (!(maximumRetryAttempts >= 0 && maximumRetryAttempts <= 185))
    throw refuse(`maximumRetryAttempts is ${maximumRetryAttempts}. Give 0 to 185`);
  if (!(maximumEventAgeInSeconds >= 60 && maximumEventAgeInSeconds <= 86_400))
    throw refuse(`maximumEventAgeInSeconds is ${maximumEventAgeInSeconds}. Give 60 to 86400`);
  if (input !== undefined && inputPath !== undefined) throw refuse("it has both input and inputPath. Leave one out");
  if (inputPath !== undefined && !/^\$(\.[\w-]+)*$/.test(inputPath))
    throw refuse(`inputPath ${inputPath} is invalid. Write it as $.field.field`);
  return {
    ruleArn,
    targetId,
    arn,
    kind: service === "sqs" ? "queue" : "function",
    maxRetries: maximumRetryAttempts,
    maxAgeMs: maximumEventAgeInSeconds * 1_000,
    deadLetterArn,
    payload: input === undefined ? payloadAt(inputPath ?? "$") : () => input,
  };
}

function payloadAt(path: string): Target["payload"] {
  const fields = path.split(".").slice(1);
  return (event) => JSON.stringify(fields.reduce<unknown>((value, field) => (value as Json | undefined)?.[field], event) ?? {});
}
