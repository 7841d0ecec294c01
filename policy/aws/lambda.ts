import { at, type Props, referred, referring, resourceRule, stackRule } from "../rule.ts";
import { isNeverRetried } from "./events.ts";

const FUNCTION = "aws:lambda/function:Function";
const TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig";

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
const LATEST_RUNTIME = "nodejs24.x";

const SECRET_NAME = /secret|token|password|passwd|api_?key|private_?key|credential/i;
/** Keys of AWS, Stripe, GitHub and Slack, PEM blocks, JSON Web Tokens, URLs with a password. */
const SECRET_VALUE =
  /AKIA[0-9A-Z]{16}|[rs]k_(live|test)_\w{10}|whsec_\w{10}|gh[pousr]_\w{20}|xox[abprs]-\w{8}|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{10,}\.[\w-]{10,}\.|:\/\/[^/\s:@]+:[^/\s@]+@/;
const ARN = /^arn:[^:]+:secretsmanager:/;

/** True for a secret's ARN, and for JSON that holds only such ARNs. */
function isReference(value: string): boolean {
  if (ARN.test(value)) return true;
  try {
    const values: unknown[] = Object.values(JSON.parse(value) as object);
    return values.length > 0 && values.every((arn) => ARN.test(String(arn)));
  } catch {
    return false;
  }
}

function secretIn(props: Props): string | undefined {
  const variables = (at(props, "environment", "variables") ?? {}) as Readonly<Record<string, unknown>>;
  return Object.keys(variables).find((name) => {
    const value = String(variables[name]);
    return SECRET_VALUE.test(value) || (SECRET_NAME.test(name) && !isReference(value));
  });
}

const isOutOfRange = (value: unknown, least: number, most: number) => typeof value !== "number" || value < least || value > most;

export const lambda = [
  resourceRule({
    name: "lambda-latest-runtime",
    description: `A function runs on ${LATEST_RUNTIME}, the newest runtime that Lambda offers.`,
    fact: "The function does not run on the newest runtime",
    remedy: `Set runtime to ${LATEST_RUNTIME}`,
    mirrors: ["AwsSolutions-L1", "Serverless-LambdaLatestVersion"],
    types: [FUNCTION],
    broken: ({ runtime }) => runtime !== LATEST_RUNTIME,
  }),
  resourceRule({
    name: "lambda-explicit-memory",
    description: "A function states its memory, 128 to 10240 MB.",
    fact: "The function does not state its memory",
    remedy: "Set memorySize, 128 to 10240",
    mirrors: ["Serverless-LambdaDefaultMemorySize"],
    types: [FUNCTION],
    broken: ({ memorySize }) => isOutOfRange(memorySize, 128, 10_240),
  }),
  resourceRule({
    name: "lambda-explicit-timeout",
    description: "A function states its timeout, 1 to 900 seconds.",
    fact: "The function does not state its timeout",
    remedy: "Set timeout, 1 to 900",
    mirrors: ["Serverless-LambdaFunctionDefaultTimeout"],
    types: [FUNCTION],
    broken: ({ timeout }) => isOutOfRange(timeout, 1, 900),
  }),
  resourceRule({
    name: "lambda-tracing",
    description: "A function is traced by X-Ray.",
    fact: "The function is not traced",
    remedy: 'Set tracingConfig.mode to "Active"',
    mirrors: ["Serverless-LambdaTracing"],
    types: [FUNCTION],
    broken: (props) => at(props, "tracingConfig", "mode") !== "Active",
  }),
  stackRule({
    name: "lambda-own-log-group",
    description: "A function logs to a log group of the same stack, because the one that Lambda creates never expires.",
    fact: "The function's log group is not part of this stack",
    remedy: "Create a LogGroup with retention, and name it in loggingConfig.logGroup",
    type: FUNCTION,
    broken: (fn) => referred(fn, "loggingConfig", "aws:cloudwatch/logGroup:LogGroup").length === 0,
  }),
  resourceRule({
    name: "lambda-no-secrets-in-environment",
    description: "A function's environment holds ARNs of secrets, never their values.",
    fact: "The function's environment holds a secret",
    remedy: "Keep it in Secrets Manager, and pass its ARN",
    types: [FUNCTION],
    broken: secretIn,
  }),
  resourceRule({
    name: "lambda-permission-scoped",
    description: "A permission to invoke a function names one AWS service and one source.",
    fact: "The permission lets more than one source invoke the function",
    remedy: "Set principal to a service and sourceArn to the ARN of the calling resource",
    types: ["aws:lambda/permission:Permission"],
    broken: ({ principal, sourceArn }) =>
      !String(principal).endsWith(".amazonaws.com") || sourceArn === undefined || /^(arn:)?\*$/.test(String(sourceArn)),
  }),
  resourceRule({
    name: "lambda-partial-batches",
    description: "A function that consumes a queue reports failed messages, so that the others are not repeated.",
    fact: "One failed message repeats its whole batch",
    remedy: 'Set functionResponseTypes to ["ReportBatchItemFailures"]',
    types: ["aws:lambda/eventSourceMapping:EventSourceMapping"],
    broken: ({ functionResponseTypes }) =>
      !Array.isArray(functionResponseTypes) || !functionResponseTypes.includes("ReportBatchItemFailures"),
  }),
  stackRule({
    name: "lambda-concurrency-fits",
    description: "A function that reserves concurrency reserves at least that of the queues it consumes.",
    fact: "Batches beyond the reserved concurrency are throttled, and their messages come nearer to the dead letters with each receive",
    remedy: "Lower scalingConfig.maximumConcurrency, or raise reservedConcurrentExecutions",
    type: FUNCTION,
    broken: (fn, stack) => {
      const { reservedConcurrentExecutions: reserved } = fn.props as Props;
      if (typeof reserved !== "number") return false;
      const batches = referring(stack, MAPPING, "functionName", fn).map(
        ({ props }) => at(props as Props, "scalingConfig", "maximumConcurrency") ?? Number.POSITIVE_INFINITY,
      );
      return batches.some((most) => Number(most) > reserved) ? `it reserves ${reserved}` : undefined;
    },
  }),
  stackRule({
    name: "lambda-async-failure-destination",
    description:
      "A function that a rule invokes has an on-failure destination, because the rule does not see a handler fail; unless the target is never retried.",
    fact: "Events that the function fails on are lost, because a rule invokes it asynchronously",
    remedy: "Add a FunctionEventInvokeConfig with destinationConfig.onFailure",
    mirrors: ["Serverless-LambdaAsyncFailureDestination", "Serverless-LambdaDLQ"],
    type: FUNCTION,
    broken: (fn, stack) =>
      referring(stack, TARGET, "arn", fn).some(({ props }) => !isNeverRetried(props as Props)) &&
      !referring(stack, INVOKE_CONFIG, "functionName", fn).some(
        ({ props }) => at(props as Props, "destinationConfig", "onFailure", "destination") !== undefined,
      ),
  }),
];
