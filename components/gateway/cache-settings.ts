import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { HubConfig } from "../config.ts";
import { STATUS_TTL } from "./cache-key.ts";
import type { FlowRoute } from "./route.ts";

/** A method whose answers are kept. */
interface Cached {
  /** Suffix of the resource's name. */
  readonly name: string;
  /** Without its first slash. */
  readonly path: string;
  /** Seconds, 1 to 3600. */
  readonly ttl: number;
}

const STATUS: readonly Cached[] = [
  { name: "requests", path: "requests", ttl: STATUS_TTL },
  { name: "request", path: "requests/{requestId}", ttl: STATUS_TTL },
];

/**
 * Has the stage's cache keep the answers of the status routes, and of the GET routes whose flow says so. Settings of one method take
 * the place of those of all methods, so they repeat these.
 * @param general what holds for all methods
 */
export function cacheSettings(
  name: string,
  { routes, config }: { readonly routes: readonly FlowRoute[]; readonly config: HubConfig },
  stage: aws.apigateway.Stage,
  general: aws.types.input.apigateway.MethodSettingsSettings,
  options: pulumi.CustomResourceOptions,
): void {
  if (config.cache === 0) return;
  const own = routes.flatMap((route): readonly Cached[] => {
    if (route.kind !== "sync" || route.cacheSeconds === undefined) return [];
    return [{ name: route.name, path: route.route.replace(/^GET \//, ""), ttl: route.cacheSeconds }];
  });
  // One after the other: API Gateway changes a stage once at a time.
  let before = options.dependsOn;
  for (const { name: suffix, path, ttl } of [...STATUS, ...own]) {
    const settings: pulumi.Resource = new aws.apigateway.MethodSettings(
      `${name}-cache-${suffix}`,
      {
        restApi: stage.restApi,
        stageName: stage.stageName,
        methodPath: `${path}/GET`,
        settings: {
          ...general,
          cachingEnabled: true,
          cacheTtlInSeconds: ttl,
          cacheDataEncrypted: true,
          // Nobody can be authorized: it would take IAM credentials, and callers have keys. Else anyone could get past the cache.
          requireAuthorizationForCacheControl: true,
          unauthorizedCacheControlHeaderStrategy: "FAIL_WITH_403",
        },
      },
      { ...options, ...(before && { dependsOn: before }) },
    );
    before = [settings];
  }
}
