import type { Clock } from "../clock.ts";
import { GatewayError } from "./errors.ts";
import { settingsOf } from "./method-settings.ts";
import type { Method } from "./open-api.ts";
import type { RestApiDefinition, Throttle, UsagePlan } from "./types.ts";

/** A token bucket. It gains `rateLimit` tokens a second, up to `burstLimit`; each request takes one. */
class TokenBucket {
  readonly #rate: number;
  readonly #size: number;
  #tokens: number;
  #at: number;

  constructor({ rateLimit = Number.POSITIVE_INFINITY, burstLimit = Number.POSITIVE_INFINITY }: Throttle, now: number) {
    this.#rate = rateLimit;
    this.#size = burstLimit;
    this.#tokens = burstLimit;
    this.#at = now;
  }

  take(now: number): boolean {
    const gained = ((now - this.#at) / 1_000) * this.#rate;
    this.#tokens = Math.min(this.#size, this.#tokens + (Number.isNaN(gained) ? 0 : gained));
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** Account-wide limits of API Gateway. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const ACCOUNT_RATE = 10_000;
const ACCOUNT_BURST = 5_000;
/** The method's limit, or the account's if the method has none; AWS uses -1 for no limit. */
const limitOf = (method: number | undefined, account: number) => (method === undefined || method < 0 ? account : method);

/** Usage plans and stage throttling of one API. Counts are in memory, so a restart resets them. */
export class Throttling {
  readonly #definition: RestApiDefinition;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #used = new Map<string, { readonly period: string; count: number }>();

  constructor(definition: RestApiDefinition, clock: Clock) {
    this.#definition = definition;
    this.#clock = clock;
  }

  /**
   * Validates the caller's API key and counts the request.
   * @returns id of the key
   * @throws GatewayError 403 when the key is missing, unknown, disabled or in no usage plan; 429 when its plan is exhausted
   */
  admitKey(value: string | undefined): string {
    const key = this.#definition.apiKeys.find((candidate) => candidate.value === value && candidate.enabled !== false);
    const plan = key && this.#definition.usagePlans.find(({ apiKeyIds }) => apiKeyIds.includes(key.id));
    if (!key || !plan) throw new GatewayError("INVALID_API_KEY", "Forbidden");
    if (plan.throttle && !this.#take(`${plan.id} ${key.id}`, plan.throttle))
      throw new GatewayError("THROTTLED", "Too Many Requests");
    if (plan.quota) this.#countQuota(plan.id, key.id, plan.quota);
    return key.id;
  }

  /** @throws GatewayError 429 when the method's or the account's bucket is empty */
  admitMethod({ resource, verb }: Method): void {
    const { own, found: limits } = settingsOf(this.#definition.stage, { resource, verb });
    const throttle = {
      rateLimit: limitOf(limits?.rateLimit, ACCOUNT_RATE),
      burstLimit: limitOf(limits?.burstLimit, ACCOUNT_BURST),
    };
    if (!this.#take(own ? `${verb} ${resource}` : "*", throttle)) throw new GatewayError("THROTTLED", "Too Many Requests");
  }

  #take(name: string, throttle: Throttle): boolean {
    const bucket = this.#buckets.get(name) ?? new TokenBucket(throttle, this.#clock.now());
    this.#buckets.set(name, bucket);
    return bucket.take(this.#clock.now());
  }

  #countQuota(plan: string, key: string, { limit, period: length }: NonNullable<UsagePlan["quota"]>): void {
    const period = startOf(length, this.#clock.now());
    const name = `${plan} ${key}`;
    const previous = this.#used.get(name);
    const used = previous?.period === period ? previous : { period, count: 0 };
    this.#used.set(name, used);
    if (used.count >= limit) throw new GatewayError("QUOTA_EXCEEDED", "Limit Exceeded");
    used.count += 1;
  }
}

function startOf(length: "DAY" | "WEEK" | "MONTH", now: number): string {
  const day = new Date(now);
  if (length === "WEEK") day.setUTCDate(day.getUTCDate() - day.getUTCDay());
  return day.toISOString().slice(0, length === "MONTH" ? 7 : 10);
}
