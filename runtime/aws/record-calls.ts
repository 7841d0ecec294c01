import { currentSpan } from "../tracing/recorder.ts";
import type { AwsCall } from "../tracing/span.ts";

/** Calls that one attempt keeps; a handler may make any number of them. */
const MOST_CALLS = 50;

/** Makes a call of AWS, and records it with the attempt that makes it, quick retries included. Never what it carries. @param name such as `DynamoDB.GetItem` */
export async function recordCall<T>(name: string, call: () => Promise<T>): Promise<T> {
  const { aws, now } = currentSpan() ?? {};
  if (!aws || !now || aws.length >= MOST_CALLS) return call();
  const made: AwsCall = { name, start: now(), end: 0 };
  aws.push(made);
  try {
    return await call();
  } catch (error) {
    made.error = error instanceof Error ? error.name : "Error";
    throw error;
  } finally {
    made.end = now();
  }
}
