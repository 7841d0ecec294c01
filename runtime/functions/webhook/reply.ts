import { isRetryLater, TerminalError } from "../../../model/errors.ts";
import { CONTENT_TYPE, type WebhookAnswer } from "../../../model/signature.ts";
import { SYNC_MARGIN } from "../../../model/sync.ts";
import type { WebhookContext, WebhookTrigger } from "../../../model/trigger.ts";
import { isRefusal } from "../../errors.ts";
import { HttpProblem, refusal } from "../../http/problem.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Clock } from "../../ports.ts";
import { recordAnswer } from "../../tracing/record-answer.ts";
import { within } from "../../within.ts";

/** Seconds after which a sender may repeat a call that could not be answered. */
const RETRY_AFTER = 5;

/**
 * Calls the handler of a webhook with `mode: "sync"`, before anything is published: when it fails, the sender can repeat the call.
 * @returns the answer; `undefined` for a webhook without a handler
 */
export const replier =
  (
    { handler, verify }: WebhookTrigger,
    { clock, log, ...origin }: { readonly clock: Clock; readonly log: Logger; readonly flow: string; readonly trigger: string },
  ) =>
  async (
    data: unknown,
    context: Omit<WebhookContext, "log">,
    { callId, remainingMs }: { readonly callId: string; readonly remainingMs: number },
  ): Promise<(WebhookAnswer & { readonly body: string }) | undefined> => {
    if (handler === undefined) return undefined;
    try {
      const allowed = Math.max(0, remainingMs - SYNC_MARGIN * 1_000);
      return await recordAnswer({ ...origin, ...context, callId }, async () => {
        // A copy: the event holds what was sent, whatever the handler does to it.
        const reply: unknown = await within(clock, allowed, "Answer from the data alone.", () =>
          handler(structuredClone(data), { ...context, log }),
        );
        return checked(reply, verify.answer);
      });
    } catch (error) {
      throw problemOf(error, log);
    }
  };

/** @throws TerminalError `INVALID_RESULT` */
function checked(reply: unknown, preset: WebhookAnswer | undefined): WebhookAnswer & { readonly body: string } {
  const invalid = (fact: string) => new TerminalError(`the handler returned ${fact}`, { code: "INVALID_RESULT" });
  const {
    body,
    contentType,
    status = undefined,
  } = (typeof reply === "object" && reply !== null ? reply : {}) as Readonly<Record<string, unknown>>;
  if (typeof body !== "string") throw invalid("no body. Return { body: … }, a text.");
  const code = status ?? (preset?.status === 204 && body !== "" ? 200 : (preset?.status ?? 200));
  if (typeof code !== "number" || !Number.isInteger(code) || code < 200 || code > 299)
    throw invalid(`the status ${String(code)}. Return 200 to 299, or throw.`);
  if (code === 204 && body !== "") throw invalid("a body with status 204. Return another status.");
  const type = contentType ?? preset?.contentType;
  if (type !== undefined && (typeof type !== "string" || !CONTENT_TYPE.test(type)))
    throw invalid('no content type. Return one like "text/xml".');
  return { status: code, body, ...(type !== undefined && { contentType: type }) };
}

/** A sender repeats what gets 503. Code and message of a handler's own TerminalError are shown to the sender. */
function problemOf(error: unknown, log: Logger): HttpProblem {
  if (isRefusal(error)) {
    log.info("webhook refused by its handler", thrownFields(error));
    return refusal(error);
  }
  log.error("webhook could not be answered", thrownFields(error));
  const after = isRetryLater(error) ? Math.ceil(error.afterSeconds) : RETRY_AFTER;
  return new HttpProblem(503, "Service Unavailable", "The call could not be answered. Send it again.", {
    "retry-after": String(after),
  });
}
