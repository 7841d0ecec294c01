/** Requests that an emulator refuses although AWS accepts them. */
interface Theirs {
  readonly emulator: "moto" | "ministack";
  readonly type: string;
  /** Part of its error message. */
  readonly says: string;
  readonly why: string;
}

export const THEIRS: readonly Theirs[] = [
  {
    emulator: "moto",
    type: "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
    says: "(404) when calling the PutProvisionedConcurrencyConfig operation",
    why: "moto 5 has no provisioned concurrency; MiniStack takes it.",
  },
  {
    emulator: "ministack",
    type: "aws:appautoscaling/target:Target",
    says: "(400) when calling the RegisterScalableTarget operation",
    why: "MiniStack 1.5 has no Application Auto Scaling; moto takes the target.",
  },
  {
    emulator: "ministack",
    type: "aws:appautoscaling/policy:Policy",
    says: "(400) when calling the PutScalingPolicy operation",
    why: "MiniStack 1.5 has no Application Auto Scaling; moto takes the policy.",
  },
  {
    emulator: "ministack",
    type: "aws:apigateway/restApi:RestApi",
    says: "Unknown API Gateway v1 path",
    why: "MiniStack 1.5 has no PutRestApi; moto reads the OpenAPI body instead.",
  },
  {
    emulator: "ministack",
    type: "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    says: "Unknown WAF action: PutLoggingConfiguration",
    why: "MiniStack 1.5 has no logs of WAF; moto takes the logging configuration.",
  },
  {
    emulator: "moto",
    type: "aws:cloudwatch/queryDefinition:QueryDefinition",
    says: "(500) when calling the PutQueryDefinition operation",
    why: "moto 5 has no saved queries of Logs Insights.",
  },
  {
    emulator: "ministack",
    type: "aws:cloudwatch/queryDefinition:QueryDefinition",
    says: "Unknown action: PutQueryDefinition",
    why: "MiniStack 1.5 has no saved queries of Logs Insights.",
  },
];
