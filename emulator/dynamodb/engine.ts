import { AwsError, type Json } from "../endpoint/service.ts";
import { type EngineAnswer, exchange } from "./engine-connection.ts";

/** A DynamoDB server on this machine, without authorization. */
export interface Engine {
  /** Its base URL; waits while it restarts. @throws EngineError when it can't be started */
  url(): Promise<string>;
  /** Resolves when it has exited and released its files. */
  stop(): Promise<void>;
}

/** No DynamoDB engine can be started. The message gives the reason and the remedy. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}

/** Engines require an `Authorization` header of the right form but don't verify the signature. */
export const AUTHORIZATION =
  "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00";

/**
 * Calls the engine.
 * @throws AwsError the engine's error; InternalServerError (500), which SDKs retry, while the engine is down
 */
export async function callEngine(engine: Engine, operation: string, input: Json): Promise<Json> {
  const { status, text } = await post(engine, operation, JSON.stringify(input));
  const output = text === "" ? {} : (JSON.parse(text) as Json);
  if (status < 300) return output;
  const { __type, message, Message, ...members } = output;
  const code = String(__type ?? "InternalServerError").replace(/^.*#/, "");
  throw new AwsError(code, String(message ?? Message ?? `The engine responded with ${status}.`), status, members);
}

async function post(engine: Engine, operation: string, body: string): Promise<EngineAnswer> {
  try {
    return await exchange(await engine.url(), { ...HEADERS, "x-amz-target": `DynamoDB_20120810.${operation}` }, body);
  } catch (error) {
    throw new AwsError(
      "InternalServerError",
      `The local DynamoDB is down: ${error instanceof Error ? error.message : String(error)}. Try again.`,
      500,
    );
  }
}

const HEADERS = {
  "content-type": "application/x-amz-json-1.0",
  "x-amz-date": "20260101T000000Z",
  authorization: AUTHORIZATION,
};
