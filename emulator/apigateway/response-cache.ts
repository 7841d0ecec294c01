import type { Clock } from "../clock.ts";
import { keyOf } from "./cache-key.ts";
import type { Exchange } from "./exchange.ts";
import { GatewayError } from "./gateway-error.ts";
import { settingsOf } from "./method-settings.ts";
import type { Method } from "./open-api.ts";
import type { GatewayResponse, RestApiDefinition } from "./types.ts";

/** Where the settings name none. */
const DEFAULT_TTL_SECONDS = 300;
/** Of a body; larger answers are not kept. */
const LARGEST_BYTES = 1_048_576;
/** So that a long run does not fill the memory; AWS's smallest cache holds half a gigabyte. */
const MOST_ENTRIES = 10_000;

interface Kept {
  readonly response: GatewayResponse;
  readonly until: number;
}

/**
 * The cache of a stage, where it has one and a method's settings use it. It keeps what integrations answer, errors of theirs as well,
 * and nothing that the gateway says itself.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
 */
export class ResponseCache {
  readonly #stage: RestApiDefinition["stage"];
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor({ stage }: RestApiDefinition, clock: Clock) {
    this.#stage = stage;
    this.#clock = clock;
  }

  /**
   * Answers from the cache, or has the integration answer and keeps that.
   * @throws GatewayError 403 when the caller wants the entry replaced and may not have that
   */
  async answer(method: Method, exchange: Exchange, integrate: () => Promise<GatewayResponse>): Promise<GatewayResponse> {
    const ttlMs = this.#ttlMs(method);
    if (ttlMs === 0) return integrate();
    const key = keyOf(method.verb, method.integration.cacheKey, exchange);
    const warning = this.#invalidate(method, exchange, key);
    const known = this.#kept.get(key);
    if (known && known.until > this.#clock.now())
      return { ...known.response, headers: { ...known.response.headers, ...warning } };
    const response = await integrate();
    if (response.body.length <= LARGEST_BYTES) {
      this.#kept.delete(key);
      this.#kept.set(key, { response, until: this.#clock.now() + ttlMs });
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > MOST_ENTRIES && oldest !== undefined) this.#kept.delete(oldest);
    }
    return response;
  }

  /** 0 where answers are not kept. Settings for all methods are for GET alone, as AWS has it. */
  #ttlMs(method: Method): number {
    if (!this.#stage.cacheCluster) return 0;
    const { own, found } = settingsOf(this.#stage, method);
    if (!found?.cache?.enabled || (!own && method.verb !== "GET")) return 0;
    return (found.cache.ttlSeconds ?? DEFAULT_TTL_SECONDS) * 1_000;
  }

  /** `Cache-Control: max-age=0` asks for a new answer; with authorization required, which neither keys nor tokens give, it is refused. */
  #invalidate(method: Method, exchange: Exchange, key: string): Readonly<Record<string, string>> {
    if (!/(^|[,\s])max-age=0([,\s]|$)/i.test(exchange.header("cache-control") ?? "")) return {};
    const { requiresAuthorization = true, unauthorized = "SUCCEED_WITH_RESPONSE_HEADER" } =
      settingsOf(this.#stage, method).found?.cache ?? {};
    if (!requiresAuthorization) {
      this.#kept.delete(key);
      return {};
    }
    if (unauthorized === "FAIL_WITH_403")
      throw new GatewayError("ACCESS_DENIED", "Not authorized to invalidate the cache. Leave Cache-Control out.");
    return unauthorized === "SUCCEED_WITH_RESPONSE_HEADER" ? { Warning: '199 - "Cache invalidation is not authorized"' } : {};
  }
}
