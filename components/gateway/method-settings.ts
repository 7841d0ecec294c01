import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { STATUS_ROUTES } from "../../protocol/routes.ts";
import type { HubConfig } from "../config/config.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { STATUS_TTL } from "./cache-key.ts";
import type { FlowRoute } from "./route.ts";

/** Settings of one method that differ from the stage's. */
interface Own {
  /** Prefix of the resource's name. */
  readonly name: string;
  /** Such as `POST /orders`. */
  readonly route: string;
  /** @default the stage's */
  readonly throttle?: { readonly rate: number; readonly burst: number } | undefined;
  /** Seconds that answers are cached, 1 to 3600. @default they are not */
  readonly cacheSeconds?: number | undefined;
}

/**
 * Settings of all methods, and of those that have some of their own: a throttle, or answers that the stage's cache keeps. Settings of one
 * method take the place of the stage's; none is inherited, so they repeat these.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
 */
export function methodSettings(
  name: string,
  { routes, config }: { readonly routes: readonly FlowRoute[]; readonly config: HubConfig },
  stage: aws.apigateway.Stage,
  options: ChildOptions,
): void {
  const make = (made: string, methodPath: string, own: Omit<Own, "name" | "route">, after: readonly pulumi.Resource[]) =>
    new aws.apigateway.MethodSettings(
      made,
      { restApi: stage.restApi, stageName: stage.stageName, methodPath, settings: settingsOf(config, own) },
      { ...options, dependsOn: [...after] },
    );
  // One after the other: each changes the stage, and API Gateway refuses two changes at once.
  let before = make(`${name}-settings`, "*/*", {}, []);
  for (const { name: prefix, route, ...own } of ownOf(name, routes, config))
    before = make(`${prefix}-settings`, methodPath(route), own, [before]);
}

function ownOf(name: string, routes: readonly FlowRoute[], { cache }: HubConfig): readonly Own[] {
  const status: readonly Own[] = [
    { name: `${name}-requests`, route: STATUS_ROUTES.listRequests, cacheSeconds: STATUS_TTL },
    { name: `${name}-request`, route: STATUS_ROUTES.showRequest, cacheSeconds: STATUS_TTL },
  ];
  const declared = routes.map(({ name, route, throttle, ...rest }): Own => {
    const cacheSeconds = rest.kind === "sync" && cache > 0 ? rest.cacheSeconds : undefined;
    return { name: `${name}-route`, route, throttle, cacheSeconds };
  });
  return [
    ...(cache > 0 ? status : []),
    ...declared.filter(({ throttle, cacheSeconds }) => throttle !== undefined || cacheSeconds !== undefined),
  ];
}

const settingsOf = (
  { throttle: general, detailedMetrics }: HubConfig,
  { throttle = general, cacheSeconds }: Omit<Own, "name" | "route">,
) => ({
  // Metrics of the API and the stage come without it.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
  metricsEnabled: detailedMetrics,
  // The execution log would hold whole requests; the access log is enough.
  loggingLevel: "OFF",
  throttlingRateLimit: throttle.rate,
  throttlingBurstLimit: throttle.burst,
  ...(cacheSeconds !== undefined && {
    cachingEnabled: true,
    cacheTtlInSeconds: cacheSeconds,
    cacheDataEncrypted: true,
    // No caller is ever authorized, since that takes IAM credentials. Otherwise any caller could bypass the cache.
    requireAuthorizationForCacheControl: true,
    // Browsers send max-age=0 with each reload: the header has no effect, and the call is answered.
    unauthorizedCacheControlHeaderStrategy: "SUCCEED_WITHOUT_RESPONSE_HEADER",
  }),
});

/** `POST /a/b` -> `~1a~1b/POST`, as API Gateway names it. https://github.com/hashicorp/terraform-provider-aws/issues/9738 */
function methodPath(route: string): string {
  const [method = "", path = ""] = route.split(" ");
  return `${path.replaceAll("/", "~1")}/${method}`;
}
