import { AwsError, type Json } from "./service.ts";

/** A fault that tests and the console can make a service have. */
export interface Fault {
  /**
   * `throttle`: the call is refused, as by a rate limit. `error`: it fails with status 500. `fail-entries`: PutEvents answers 200 and
   * every entry has failed with ThrottlingException.
   */
  readonly mode: "throttle" | "error" | "fail-entries";
  /** Only this operation. @default all operations */
  readonly operation?: string;
  /** Ends after so many calls have had it. @default never */
  readonly times?: number;
  /** Of a call having it, 0 to 1. @default 1 */
  readonly probability?: number;
}

/** What services call too high a rate. */
const THROTTLED: Readonly<Record<string, string>> = {
  DynamoDB_20120810: "ProvisionedThroughputExceededException",
  AmazonSQS: "RequestThrottled",
};

export class Faults {
  readonly #faults = new Map<string, { readonly fault: Fault; left: number }>();
  readonly #random: () => number;

  /** @param random from 0 up to 1 */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** @param fault undefined takes it away */
  set(target: string, fault: Fault | undefined): void {
    if (fault) this.#faults.set(target, { fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    else this.#faults.delete(target);
  }

  /**
   * @returns the answer to give instead of calling the service; undefined when it is to be called
   * @throws AwsError when the fault is an error
   */
  answer(target: string, operation: string, input: Json): Json | undefined {
    const found = this.#faults.get(target);
    if (!found || found.left <= 0 || (found.fault.operation ?? operation) !== operation) return undefined;
    if (this.#random() >= (found.fault.probability ?? 1)) return undefined;
    if (found.fault.mode === "fail-entries" && operation !== "PutEvents") return undefined;
    found.left--;
    return struck(found.fault.mode, target, input);
  }
}

/**
 * @returns what the service answers that has the fault
 * @throws AwsError when the fault is an error
 */
export function struck(mode: Fault["mode"], target: string, input: Json): Json {
  switch (mode) {
    case "throttle":
      throw new AwsError(THROTTLED[target] ?? "ThrottlingException", "Rate exceeded");
    case "error":
      throw new AwsError(
        "InternalFailure",
        "The request processing has failed because of an unknown error, exception or failure.",
        500,
      );
    case "fail-entries": {
      const entries = Array.isArray(input.Entries) ? input.Entries : [];
      return {
        FailedEntryCount: entries.length,
        Entries: entries.map(() => ({ ErrorCode: "ThrottlingException", ErrorMessage: "Rate exceeded" })),
      };
    }
  }
}
