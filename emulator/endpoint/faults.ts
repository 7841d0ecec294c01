import { AwsError, type Json } from "./service.ts";

/** A fault that tests and the console can inject into a service. */
export interface Fault {
  /**
   * `throttle`: the call is throttled. `error`: the call fails with status 500. `fail-entries`: PutEvents responds with 200 and every
   * entry fails with ThrottlingException.
   */
  readonly mode: "throttle" | "error" | "fail-entries";
  /** Limits the fault to one operation. @default all operations */
  readonly operation?: string;
  /** Number of calls that fail before the fault ends. @default unlimited */
  readonly times?: number;
  /** Probability that a call fails, 0 to 1. @default 1 */
  readonly probability?: number;
}

/** Error codes of services that don't use ThrottlingException. */
const THROTTLING_CODES: Readonly<Record<string, string>> = {
  DynamoDB_20120810: "ProvisionedThroughputExceededException",
  AmazonSQS: "RequestThrottled",
};

/** The faults that are injected now, by service. */
export class Faults {
  readonly #faults = new Map<string, { readonly fault: Fault; left: number }>();
  readonly #random: () => number;

  /** @param random returns a number in [0, 1) */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** @param fault replaces the service's fault; undefined removes it */
  set(target: string, fault: Fault | undefined): void {
    if (fault) this.#faults.set(target, { fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    else this.#faults.delete(target);
  }

  /**
   * Applies the service's fault to a call.
   * @returns the response to send instead of calling the service; undefined when the call is not affected
   * @throws AwsError when the fault makes the call fail
   */
  respond(target: string, operation: string, input: Json): Json | undefined {
    const found = this.#faults.get(target);
    if (!found || found.left <= 0 || (found.fault.operation ?? operation) !== operation) return undefined;
    if (this.#random() >= (found.fault.probability ?? 1)) return undefined;
    if (found.fault.mode === "fail-entries" && operation !== "PutEvents") return undefined;
    found.left--;
    return faultResponse(found.fault.mode, target, input);
  }
}

/**
 * @returns the response of a service that has the fault
 * @throws AwsError for `throttle` and `error`
 */
export function faultResponse(mode: Fault["mode"], target: string, input: Json): Json {
  switch (mode) {
    case "throttle":
      throw new AwsError(THROTTLING_CODES[target] ?? "ThrottlingException", "Rate exceeded");
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
