import * as z from "zod";
import { optional, whole } from "./fields.ts";

/** Of an event source mapping. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency */
const batches = (description: string) => whole(2, 1_000, description);

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
export const concurrency = z
  .strictObject({
    account: whole(101, 1_000_000, "Concurrent executions of the account in the region, of all its functions.").default(1_000),
    steps: optional(
      batches("Batches at once of each step that has no `concurrency` of its own and calls no third party with a rate limit."),
      "the account's",
    ),
    authorizer: optional(whole(1, 100_000, "Concurrency reserved for the authorizer."), "none"),
    ingress: optional(whole(1, 100_000, "Concurrency reserved for each webhook's function."), "none"),
    status: optional(
      whole(
        1,
        100_000,
        "Concurrency reserved for the status function; callers that wait for the end of a request take one each.",
      ),
      "none",
    ),
    ledger: optional(batches("Concurrency reserved for the flow ledger, and its batches at once."), "none"),
  })
  .meta({
    description: "Concurrency of the Lambda functions. What is reserved and provisioned must leave 100 of the account's.",
  });

/**
 * An on-demand table starts with these, and so does each index. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
 */
export const warmThroughput = z
  .strictObject({
    reads: whole(12_000, 10_000_000, "Read units a second."),
    writes: whole(4_000, 10_000_000, "Write units a second."),
  })
  .meta({
    description:
      "Throughput that the state table and each of its indexes carry at once. The table's can be raised and not lowered; each rise is billed once.",
  });
