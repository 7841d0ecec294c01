import type { Clock } from "../clock.ts";
import { keyOf } from "./cache-key.ts";
import { GatewayError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { settingsOf } from "./method-settings.ts";
import type { Method } from "./open-api.ts";
import type { GatewayResponse, RestApiDefinition } from "./types.ts";

const DEFAULT_TTL_SECONDS = 300;
/** Maximum size of a cached body. */
const MAX_BODY_BYTES = 1_048_576;
/** Limits the memory of a long run; AWS's smallest cache has half a gigabyte. */
const MAX_ENTRIES = 10_000;

interface Entry {
  readonly response: GatewayResponse;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * The cache of a stage, for methods whose settings enable it. It caches the responses of integrations, including their errors, but not
 * gateway responses.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
 */
export class ResponseCache {
  readonly #stage: RestApiDefinition["stage"];
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor({ stage }: RestApiDefinition, clock: Clock) {
    this.#stage = stage;
    this.#clock = clock;
  }

  /**
   * Responds from the cache, or calls the integration and caches its response.
   * @throws GatewayError 403 when the caller may not invalidate the entry
   */
  async respond(method: Method, exchange: Exchange, integrate: () => Promise<GatewayResponse>): Promise<GatewayResponse> {
    const ttlMs = this.#ttlMs(method);
    if (ttlMs === 0) return integrate();
    const key = keyOf(method.verb, method.integration.cacheKey, exchange);
    const warning = this.#invalidate(method, exchange, key);
    const cached = this.#entries.get(key);
    if (cached && cached.expiresAt > this.#clock.now())
      return { ...cached.response, headers: { ...cached.response.headers, ...warning } };
    const response = await integrate();
    if (response.body.length <= MAX_BODY_BYTES) {
      this.#entries.delete(key);
      this.#entries.set(key, { response, expiresAt: this.#clock.now() + ttlMs });
      const [oldest] = this.#entries.keys();
      if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    }
    return response;
  }

  /** Time to live of a method's responses; 0 when they are not cached. As on AWS, settings for all methods apply to GET only. */
  #ttlMs(method: Method): number {
    if (!this.#stage.cacheCluster) return 0;
    const { own, found } = settingsOf(this.#stage, method);
    if (!found?.cache?.enabled || (!own && method.verb !== "GET")) return 0;
    return (found.cache.ttlSeconds ?? DEFAULT_TTL_SECONDS) * 1_000;
  }

  /**
   * `Cache-Control: max-age=0` invalidates the entry. If this requires authorization, the request is refused, because neither API keys
   * nor tokens grant it.
   * @returns headers to add to the response
   */
  #invalidate(method: Method, exchange: Exchange, key: string): Readonly<Record<string, string>> {
    if (!/(^|[,\s])max-age=0([,\s]|$)/i.test(exchange.header("cache-control") ?? "")) return {};
    const { requiresAuthorization = true, unauthorized = "SUCCEED_WITH_RESPONSE_HEADER" } =
      settingsOf(this.#stage, method).found?.cache ?? {};
    if (!requiresAuthorization) {
      this.#entries.delete(key);
      return {};
    }
    if (unauthorized === "FAIL_WITH_403")
      throw new GatewayError("ACCESS_DENIED", "Not authorized to invalidate the cache. Leave Cache-Control out.");
    return unauthorized === "SUCCEED_WITH_RESPONSE_HEADER" ? { Warning: '199 - "Cache invalidation is not authorized"' } : {};
  }
}
