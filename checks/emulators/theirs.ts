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
