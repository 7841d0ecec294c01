import { AwsError, type Json } from "../endpoint/service.ts";
import { AUTHORIZATION } from "./dynoxide.ts";
import type { Engine } from "./engine.ts";

/**
 * Calls the engine, as nobody in particular.
 * @throws AwsError as the engine answers it; InternalServerError (500), which SDKs retry, while it is down
 */
export async function callEngine(engine: Engine, operation: string, input: Json): Promise<Json> {
  const { status, text } = await post(engine, operation, JSON.stringify(input));
  const answer = text === "" ? {} : (JSON.parse(text) as Json);
  if (status < 300) return answer;
  const { __type, message, Message, ...members } = answer;
  const code = String(__type ?? "InternalServerError").replace(/^.*#/, "");
  throw new AwsError(code, String(message ?? Message ?? `The engine answered ${status}.`), status, members);
}

async function post(engine: Engine, operation: string, body: string): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(await engine.url(), {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `DynamoDB_20120810.${operation}`,
        "x-amz-date": "20260101T000000Z",
        authorization: AUTHORIZATION,
      },
      body,
    });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new AwsError(
      "InternalServerError",
      `The local DynamoDB is down: ${cause instanceof Error ? cause.message : String(cause)}. Try again.`,
      500,
    );
  }
}
