import { isRetryLater } from "../../model/errors.ts";
import { measure } from "../logging/metric.ts";
import { type Called, type Made, recordCallSpan } from "../tracing/record-call-span.ts";
import type { Answer } from "./send.ts";

/** Measures a call of a third party, and records its span. */
export function recordCall(called: Called & { readonly adapter: { readonly name: string } }, made: Made): void {
  const { tries, began, end, waitedMs, outcome } = made;
  const thirdParty = called.adapter.name;
  const answered = (outcome as Partial<Answer> | undefined)?.status;
  const status = typeof answered === "number" ? answered : undefined;
  // Without a try the rate limit or the breaker made the message wait.
  if (tries > 0 && !isRetryLater(outcome)) {
    const failed = status === undefined || status >= 500;
    measure({ thirdParty }, { CallMilliseconds: end - began - waitedMs, CallErrors: failed ? 1 : 0 });
  }
  if (waitedMs > 0) measure({ thirdParty }, { RateLimitMilliseconds: waitedMs });
  recordCallSpan(called, made, status);
}
