import type { Clock } from "../clock.ts";
import { GatewayError } from "./gateway-error.ts";
import { settingsOf } from "./method-settings.ts";
import type { Method } from "./open-api.ts";
import type { RestApiDefinition, Throttle, UsagePlan } from "./types.ts";

/** Tokens that fill up at `rateLimit` a second, `burstLimit` at most; each request takes one. */
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
/** AWS writes "no limit of its own" as -1. */
const limit = (own: number | undefined, account: number) => (own === undefined || own < 0 ? account : own);

/** Usage plans and stage throttling of one API. Counts live in memory: a restart starts them anew. */
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
   * Finds the caller's key and counts the request.
   * @returns id of the key
   * @throws GatewayError when the key is missing, unknown, disabled or in no usage plan (403), or its plan is used up (429)
   */
  admitKey(value: string | undefined): string {
    const key = this.#definition.apiKeys.find((known) => known.value === value && known.enabled !== false);
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
    const throttle = { rateLimit: limit(limits?.rateLimit, ACCOUNT_RATE), burstLimit: limit(limits?.burstLimit, ACCOUNT_BURST) };
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
    const known = this.#used.get(name);
    const used = known?.period === period ? known : { period, count: 0 };
    this.#used.set(name, used);
    if (used.count >= limit) throw new GatewayError("QUOTA_EXCEEDED", "Limit Exceeded");
    used.count += 1;
  }
}

function startOf(length: "DAY" | "WEEK" | "MONTH", now: number): string {
  const day = new Date(now);
  if (length === "WEEK") day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, length === "MONTH" ? 7 : 10);
}
