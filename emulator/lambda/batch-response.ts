import type { InvokeResult } from "./function-spec.ts";

/**
 * Which messages of a batch failed, by Lambda's rules for `ReportBatchItemFailures`:
 * an error fails all; nothing, `null`, `{}` or an empty list fails none; a list that names an unknown, empty or missing id, or a
 * response of another form, fails all.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * @param reports whether the mapping's function response types hold `ReportBatchItemFailures`; without it only an error fails
 */
export function failedMessages(messageIds: readonly string[], result: InvokeResult, reports: boolean): ReadonlySet<string> {
  const all = new Set(messageIds);
  const none = new Set<string>();
  if (!result.ok) return all;
  if (!reports) return none;
  const { payload } = result;
  if (payload === null || payload === undefined) return none;
  if (typeof payload !== "object" || Array.isArray(payload)) return all;
  const { batchItemFailures: failures } = payload as { batchItemFailures?: unknown };
  if (failures === null || failures === undefined) return none;
  if (!Array.isArray(failures)) return all;
  const failed = failures.map((failure: unknown) =>
    typeof failure === "object" && failure !== null ? (failure as { itemIdentifier?: unknown }).itemIdentifier : undefined,
  );
  return failed.every((id) => typeof id === "string" && all.has(id)) ? new Set(failed as string[]) : all;
}
