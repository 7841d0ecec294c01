import type { CacheSettings, MethodSettings, RestApiDefinition, Throttle, UsagePlan } from "../../emulator/apigateway/types.ts";
import { type RecordedResource, type ResourceIndex, textOf } from "../recording.ts";

const API = "aws:apigateway/restApi:RestApi";
const SETTINGS = "aws:apigateway/methodSettings:MethodSettings";
const PLAN = "aws:apigateway/usagePlan:UsagePlan";
const PLAN_KEY = "aws:apigateway/usagePlanKey:UsagePlanKey";
const KEY = "aws:apigateway/apiKey:ApiKey";

/** The resources that `apiDefinition` reads beside the stage. */
export const apiParts = (index: ResourceIndex): readonly RecordedResource[] =>
  [API, SETTINGS, PLAN, PLAN_KEY, KEY].flatMap((type) => index.all(type));

interface StageInputs {
  readonly stageName: string;
  readonly restApi: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly accessLogSettings?: { readonly format: string };
  readonly cacheClusterEnabled?: boolean;
}

/** A stage with everything that it serves: API, keys, usage plans, method settings. */
export function apiDefinition(resource: RecordedResource, index: ResourceIndex): RestApiDefinition {
  const { stageName, restApi, variables, accessLogSettings, cacheClusterEnabled } = resource.inputs as unknown as StageInputs;
  const api = index.get(API, restApi, resource);
  const { region, accountId } = index.recording;
  return {
    id: textOf(api, "id"),
    name: textOf(api, "name"),
    region,
    accountId,
    body: textOf(api, "body"),
    stage: {
      name: stageName,
      ...(variables && { variables }),
      ...(accessLogSettings && { accessLogFormat: accessLogSettings.format }),
      ...(cacheClusterEnabled === true && { cacheCluster: true }),
      methodSettings: index
        .all(SETTINGS)
        .filter(({ inputs }) => inputs.restApi === restApi && inputs.stageName === stageName)
        .map(settingsOf),
    },
    apiKeys: index
      .all(KEY)
      .map((key) => ({ id: textOf(key, "id"), value: textOf(key, "value"), enabled: key.inputs.enabled !== false })),
    usagePlans: index
      .all(PLAN)
      .filter((plan) => covers(plan, restApi, stageName))
      .map((plan) => planOf(plan, index)),
  };
}

interface SettingsInputs {
  readonly throttlingRateLimit?: number;
  readonly throttlingBurstLimit?: number;
  readonly cachingEnabled?: boolean;
  readonly cacheTtlInSeconds?: number;
  readonly requireAuthorizationForCacheControl?: boolean;
  readonly unauthorizedCacheControlHeaderStrategy?: NonNullable<CacheSettings["unauthorized"]>;
}

function settingsOf({ inputs }: RecordedResource): MethodSettings {
  const settings = inputs.settings as SettingsInputs;
  const { throttlingRateLimit: rateLimit, throttlingBurstLimit: burstLimit } = settings;
  return {
    methodPath: String(inputs.methodPath),
    ...(rateLimit !== undefined && { rateLimit }),
    ...(burstLimit !== undefined && { burstLimit }),
    ...(settings.cachingEnabled !== undefined && { cache: cacheOf(settings) }),
  };
}

function cacheOf(settings: SettingsInputs): CacheSettings {
  const { cachingEnabled: enabled = false, cacheTtlInSeconds, requireAuthorizationForCacheControl } = settings;
  const { unauthorizedCacheControlHeaderStrategy: unauthorized } = settings;
  return {
    enabled,
    ...(cacheTtlInSeconds !== undefined && { ttlSeconds: cacheTtlInSeconds }),
    ...(requireAuthorizationForCacheControl !== undefined && { requiresAuthorization: requireAuthorizationForCacheControl }),
    ...(unauthorized && { unauthorized }),
  };
}

const covers = ({ inputs }: RecordedResource, apiId: string, stageName: string) =>
  ((inputs.apiStages ?? []) as { apiId: string; stage: string }[]).some(
    (covered) => covered.apiId === apiId && covered.stage === stageName,
  );

function planOf(plan: RecordedResource, index: ResourceIndex): UsagePlan {
  const id = textOf(plan, "id");
  const { throttleSettings, quotaSettings } = plan.inputs as {
    throttleSettings?: Throttle;
    quotaSettings?: NonNullable<UsagePlan["quota"]>;
  };
  return {
    id,
    apiKeyIds: index
      .all(PLAN_KEY)
      .filter(({ inputs }) => inputs.usagePlanId === id)
      .map(({ inputs }) => String(inputs.keyId)),
    ...(throttleSettings && { throttle: throttleSettings }),
    ...(quotaSettings && { quota: quotaSettings }),
  };
}
