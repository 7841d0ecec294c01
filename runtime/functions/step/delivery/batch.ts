import type { BatchResponse, LambdaContext, SqsRecord } from "../../../lambda.ts";
import { inScope } from "../../../logging/scope.ts";
import { batchResponse } from "../../serve.ts";
import { OnlyAloneError } from "./errors.ts";

/** A delivery is handled by itself when this share of the invocation's time is left: it may need all of it. */
const SHARE_LEFT = 0.8;

/**
 * Handles the messages of a batch at once. A handler that ends the process ends all of them, so a delivery whose process died before is
 * handled by itself, after the others have been recorded. Those that died in company come first: most of them are innocent.
 *
 * @param deliver handles one message; `alone` says that nothing else is handled meanwhile
 * @param comeBack makes a message visible soon
 */
export async function handleStepBatch(
  records: readonly SqsRecord[],
  context: LambdaContext,
  deliver: (message: SqsRecord, alone: boolean) => Promise<unknown>,
  comeBack: (message: SqsRecord) => Promise<unknown>,
): Promise<BatchResponse> {
  const allowed = context.getRemainingTimeInMillis();
  const outcomes = await Promise.allSettled(records.map((message) => inScope(() => deliver(message, records.length === 1))));
  if (outcomes.every(({ status }) => status === "fulfilled")) return batchResponse(records, outcomes);
  const suspects = records.flatMap((message, i) => {
    const outcome = outcomes[i];
    const reason: unknown = outcome?.status === "rejected" ? outcome.reason : undefined;
    return reason instanceof OnlyAloneError ? [{ message, i, certain: reason.certain }] : [];
  });
  for (const { message, i } of suspects.sort((a, b) => Number(a.certain) - Number(b.certain))) {
    if (context.getRemainingTimeInMillis() < allowed * SHARE_LEFT) await comeBack(message);
    else [outcomes[i]] = (await Promise.allSettled([inScope(() => deliver(message, true))])) as [PromiseSettledResult<unknown>];
  }
  return batchResponse(records, outcomes);
}
