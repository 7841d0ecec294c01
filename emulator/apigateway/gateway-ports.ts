import { type Clock, realClock } from "../clock.ts";
import type { Measurement } from "../cloudwatch/metrics.ts";
import type { AwsEndpoint } from "../endpoint/endpoint.ts";
import { AwsError, type Json } from "../endpoint/service.ts";
import type { IamDirectory } from "../iam/directory.ts";
import type { Functions } from "../lambda/functions.ts";
import type { LogStore } from "../lambda/log-store.ts";
import type { AwsCall, RestApiPorts } from "./types.ts";

/** Service in the URI of an integration -> the part before the dot of `X-Amz-Target`. */
const TARGETS: Readonly<Record<string, string>> = {
  events: "AWSEvents",
  sqs: "AmazonSQS",
  dynamodb: "DynamoDB_20120810",
  secretsmanager: "secretsmanager",
};

interface Services {
  readonly aws: AwsEndpoint;
  readonly iam: IamDirectory;
  readonly functions: Functions;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  readonly explain: ((refusal: string) => void) | undefined;
  readonly debugged: boolean | undefined;
  readonly accessLog: LogStore;
  readonly measure: (measurements: readonly Measurement[]) => void;
}

/** Connects the API gateway to the other services. */
export function gatewayPorts({ aws, iam, functions, clock, log, explain, debugged, accessLog, measure }: Services): RestApiPorts {
  return {
    clock,
    wallClock: debugged ? { ...realClock(), wait: untilAborted } : realClock(),
    log,
    ...(explain && { explain }),
    measure,
    accessLog: (line) => accessLog.append("api", "access", undefined, `${line}\n`),
    async invokeAws(call, roleArn, signal) {
      if (!iam.mayAssume(roleArn, "apigateway.amazonaws.com"))
        throw new AwsError("AccessDeniedException", `API Gateway may not assume ${roleArn}.`, 403);
      try {
        const answer = await aws.call(
          TARGETS[call.service] ?? call.service,
          call.action ?? "",
          bodyOf(call),
          { kind: "role", arn: roleArn },
          signal,
        );
        return { status: 200, body: JSON.stringify(answer) };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return { status: error.status, body: JSON.stringify({ __type: error.code, message: error.message }) };
      }
    },
    async invokeLambda(functionArn, payload, sourceArn) {
      const result = await functions.invoke(functionArn, JSON.parse(payload), {
        kind: "service",
        service: "apigateway.amazonaws.com",
        sourceArn,
      });
      return result.ok
        ? { payload: JSON.stringify(result.payload) }
        : { payload: JSON.stringify(result.error), functionError: "Unhandled" };
    },
  };
}

/** A time limit that never ends. */
const untilAborted = (_ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));

function bodyOf({ body }: AwsCall): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    throw new AwsError("SerializationException", "The request template of the integration does not produce JSON.");
  }
}
